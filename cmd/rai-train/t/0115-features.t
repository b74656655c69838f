#!/bin/sh
# features: in rai.yaml: what each key does to a column, as --describe tells it, and in a model.
. ci/tap.sh
plan 29

cd "$T" || exit 1
awk 'BEGIN {
	print "Price,Rooms,Size,Type,Agent,Id,Built"
	for (i = 0; i < 120; i++)
		printf "%d,%s,%s,%s,agent %d,id %d,%s\n", 1000 + 37 * i % 500, i % 7 ? i % 5 : "",
		    i % 9 ? 50 + i : "", substr("hhhhhhhhut", i % 10 + 1, 1), i % 15, i,
		    i % 6 ? sprintf("20%02d-01-02", i % 20) : ""
	for (i = 0; i < 5; i++)
		print "1000,1,50,h,agent 1,twice,2001-01-02"
}' >rows.csv
conf() {
	printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price, transform: none }\n    train: { candidates: [%s] }\n    features: { %s }\n' "${2:-tree}" "$1" >rai.yaml
}
line() { grep "^$1	" "$T/out" | cut -f6; }
describe() { conf "$1"; run rai-train --describe; }

describe ''
is "$(line Id)" 'left out: almost every row has another one' 'an identifier makes no feature'
is "$(line Agent)" 'mean of the target' 'many levels: the mean of the target'
is "$(line Built)" 'year, month, day number, filled with the median' 'a date that is missing sometimes'
describe 'encode: { Id: target }'
is "$(line Id)" 'mean of the target' 'what is asked for is done'
describe 'impute: mode, indicator: true'
is "$(line Rooms)" 'as it is, filled with the mode and marked' 'mode, with an indicator'
describe 'impute: { constant: 0 }'
is "$(line Size)" 'as it is, filled with 0' 'one constant for all numbers'
is "$(line Built)" 'year, month, day number, filled with the median' 'and for nothing else'
describe 'impute: { default: mode, Size: { constant: -1 }, Built: { constant: 1999-12-31 }, Rooms: median }'
is "$(line Rooms)" 'as it is, filled with the median' 'a word for one column'
is "$(line Size)" 'as it is, filled with -1' 'a constant for one column'
is "$(line Built)" 'year, month, day number, filled with 1999-12-31' 'a day for a date'
describe 'impute: { default: drop }'
is "$(line Size)" 'as it is, rows without it dropped' 'rows dropped'

conf 'rare: 20, smooth: 5, indicator: true, impute: { Size: { constant: 0 } }' 'linear, tree'
run rai-train -o m.safetensors --no-fail
status 0 'a model with all of it is trained'
ok 'rare levels share a feature' grep -aqF '\"rare\":[' m.safetensors
ok 'and the indicator is in it' grep -aqF '\"indicator\":true' m.safetensors
head -21 rows.csv | cut -d, -f2- >some.csv
run rai-train --predict m.safetensors some.csv
status 0 'it predicts rows with missing values'
is "$(grep -c . "$T/out")" 20 'all of them'

conf 'duplicates: drop'
run rai-train -o n.safetensors --report --no-fail
stderr_has '4 duplicates' 'equal rows are left out'
conf 'duplicates: keep'
run rai-train -o n.safetensors --champion '' --report --no-fail
is "$(grep -c duplicates "$T/err")" 0 'or kept'

bad() { conf "$1"; run rai-train -o x.safetensors; status 2 "$1 is refused"; stderr "$2" 'and it is said why'; }
bad 'impute: mean' 'rai-train: rai.yaml:7:25: models.m.features.impute: must be median, mode or { constant: VALUE }, drop, or a map from columns to these'
bad 'impute: { Size: drop }' 'rai-train: rai.yaml:7:33: models.m.features.impute.Size: must be median, mode or { constant: VALUE }'
bad 'impute: { Size: { constant: many } }' 'rai-train: rows.csv: impute: Size: "many" is not a number'
bad 'rare: 0' 'rai-train: rai.yaml:4:5: models.m.features: rare and smooth must be above 0'
bad 'impute: { Sizes: mode }' 'rai-train: rows.csv: impute: Sizes: no such input column'
ok 'nothing is written' [ ! -e x.safetensors ]
