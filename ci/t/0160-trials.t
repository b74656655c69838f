#!/bin/sh
# Verdicts on windows drawn from one population: quiet when nothing has changed, awake when something has.
. ci/tap.sh
plan 9

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
run trials -m "$T/model" -n 60 --clean "$T/market.csv"
status 0 'windows of the same population'
is "$(grep -c clean "$T/out")" 20 'of every size and level'
# 60 windows at 5 %: 7 or more alarms have a chance of 3 in 100 were the level exact, and Holm's is below
awk '/clean/ { n += $6; k++ } END { exit !(k == 20 && n / k < 5) }' "$T/out"
is $? 0 'alarms stay below their level on average'
run trials -m "$T/model" -n 30 --power "$T/market.csv"
status 0 'windows in which something has changed'
verdict() { grep "$1" "$T/out" | head -1 | sed 's/.*%  *\([0-9.]*\) [<>]=.*/\1/'; }
awk -v v="$(verdict '0.5 sd  *500')" 'BEGIN { exit !(v >= 90) }'
is $? 0 'one column by half a standard deviation is seen in 500 rows'
awk -v v="$(verdict 'outliers')" 'BEGIN { exit !(v >= 60) }'
is $? 0 'so is one outlier in a hundred in 2,000'
awk -v v="$(verdict '0.1 sd')" 'BEGIN { exit !(v >= 60) }'
is $? 0 'and a little of everything in 500'
is "$(verdict '0.02 sd')" 0.00 'what is too small to matter is left alone, whatever the evidence'
is "$(verdict 'x 1000')" 0.00 'another unit is no drift'
