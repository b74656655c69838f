#!/bin/sh
# Whole days as a watch sees them: quiet while nothing changes, and a change is told while it is fresh.
. ci/tap.sh
plan 7

market --rows 6000 --seed 5 >"$T/market.csv"
cat >"$T/rai.yaml" <<END
version: 1
models:
  m:
    data: { source: $T/market.csv }
    target: { column: Price, transform: log }
    features: { use: [Rooms, Distance, Bathroom, Car, Landsize, Type, Method, Regionname] }
    split: { test: 0.2 }
    train: { candidates: [tree] }
    gate: { metric: r2, against: nothing }
END
rai-train -c "$T/rai.yaml" -o "$T/model" >/dev/null 2>&1
run days -m "$T/model" -n 20 --rows 4000 --only 'clean day' "$T/market.csv"
status 0 'days of the same population'
is "$(grep -c '^clean day' "$T/out")" 2 'without labels and with them'
# the mean behind window, windows in a row and alpha
of() { sed -n "s/^$1  *//p" "$T/out" | awk -v n="$2" '{ print $n }'; }
awk -v v="$(of 'clean day, 10 rows a minute' 4)" 'BEGIN { exit !(v != "" && v <= 0.05) }'
is $? 0 'no alarm, or one in 20 days'
awk -v v="$(of 'clean day, 10.min, with labels' 4)" 'BEGIN { exit !(v != "" && v <= 0.05) }'
is $? 0 'also where every prediction gets its label'
run days -m "$T/model" -n 20 --rows 4000 --only '0.5 sd' "$T/market.csv"
status 0 'days in which a column moves'
awk -v m="$(of '0.5 sd at 100 rows a minute' 4)" -v l="$(of '0.5 sd at 100 rows a minute' 5)" \
	'BEGIN { exit !(m > 5 && m <= l && l <= 15) }'
is $? 0 'are told of within a quarter of an hour, not before two windows'
ok 'and all of them are' grep -q ' 0 never told' "$T/out"
