#!/bin/sh
# The generator of the made-up market: the same bytes for ever, and what its switches do.
. ci/tap.sh
plan 23

run market --rows 50 --seed 7
status 0 'fifty sales'
ok 'the same bytes as ever' cmp "$T/out" testdata/market/golden-50.csv

market --rows 2000 --seed 3 --no-bom >"$T/plain.csv"
is "$(head -c 7 "$T/plain.csv")" 'Suburb,' 'no byte-order mark when told so'
is "$(wc -l <"$T/plain.csv")" 2001 'a header and as many rows as asked'
sorted=$(sed 1d "$T/plain.csv" | grep -o '[0-9]*/[0-9]*/[0-9]*' | grep -v '^[0-9]*/[0-9]*/[0-9]$' |
	awk -F/ '$3 > 1900 { printf "%04d%02d%02d\n", $3, $2, $1 }')
is "$(echo "$sorted" | sort)" "$sorted" 'rows stand in the order of their dates'
ok 'some addresses are quoted and hold a comma' grep -q ',"Unit [0-9]*, ' "$T/plain.csv"

# column number, file...: the values, with quoted addresses made simple
column() {
	field=$1; shift
	sed -s -e 1d -e 's/"[^"]*"/address/' "$@" | cut -d, -f"$field"
}
mean() { column "$1" "$2" | awk '$1 != "" { s += $1; n++ } END { printf "%.0f\n", s / n }'; }
empty() { column "$1" "$2" | awk '$1 == "" { n++ } END { print n + 0 }'; }

ok 'the real share of unknown floor areas' [ "$(empty 15 "$T/plain.csv")" -gt 800 ]
ok 'few unknown parking spaces' [ "$(empty 13 "$T/plain.csv")" -lt 40 ]
is "$(empty 5 "$T/plain.csv")" 0 'every price is known by default'

market --rows 2000 --seed 4 --no-bom >"$T/other.csv"
ok 'another seed gives other sales' [ "$(mean 5 "$T/other.csv")" != "$(mean 5 "$T/plain.csv")" ]
ok 'but the same suburbs' [ "$(column 1 "$T/plain.csv" "$T/other.csv" | sort -u | wc -l)" -le 160 ]

market --rows 2000 --seed 3 --no-bom --inflate 20 >"$T/dear.csv"
ratio=$(awk "BEGIN { print int($(mean 5 "$T/dear.csv") * 100 / $(mean 5 "$T/plain.csv") + 0.5) }")
is "$ratio" 120 '--inflate 20: prices a fifth higher'
is "$(cut -d, -f1-4 "$T/dear.csv" | md5sum)" "$(cut -d, -f1-4 "$T/plain.csv" | md5sum)" 'and nothing else'

market --rows 2000 --seed 3 --no-bom --mix 0.5 >"$T/mix.csv"
ok '--mix: more units' [ "$(column 4 "$T/mix.csv" | grep -c u)" -gt \
	$(($(column 4 "$T/plain.csv" | grep -c u) + 200)) ]
market --rows 2000 --seed 3 --no-bom --new-suburbs 20 >"$T/new.csv"
ok '--new-suburbs: names never seen' [ "$(column 1 "$T/new.csv" | sort -u | wc -l)" -gt 165 ]
market --rows 2000 --seed 3 --no-bom --unit Landsize=0.0001 --drop Car >"$T/broken.csv"
is "$(column 13 "$T/broken.csv" | head -1 | awk '{ print $1 + 0 }')" \
	"$(column 14 "$T/plain.csv" | head -1 | awk '{ print $1 / 10000 }')" '--unit: hectares for square metres'
ok '--drop: the column is gone' [ "$(head -1 "$T/broken.csv" | grep -c Car,)" = 0 ]
market --rows 2000 --seed 3 --no-bom --missing-price 0.1 >"$T/gaps.csv"
ok '--missing-price: about that share' [ "$(empty 5 "$T/gaps.csv")" -gt 150 ]

run market --unit Suburb=3
status 2 'a factor for text is refused'
stderr 'market: --unit Suburb=3: must be a number column, "=" and a factor (Landsize=0.0001)' 'and said'
run market --drop Price2
stderr 'market: --drop Price2: no such column (Suburb)' 'a column that is not there is named'
run market --mix 2
status 2 'a share above 1 is refused'
stdout '' 'and nothing is printed'
