#!/bin/sh
# What a window costs, estimated from its inputs: near the truth where these are as they were, silent where they
# are spoilt.
. ci/tap.sh
plan 6

market --rows 13580 --seed 1 >"$T/market.csv"
awk 'NR == 1 || NR % 10 < 7' "$T/market.csv" >"$T/known.csv"
awk 'NR == 1 || NR % 10 >= 7' "$T/market.csv" >"$T/fresh.csv"
cat >"$T/rai.yaml" <<END
version: 1
models:
  m:
    data: { source: $T/known.csv }
    target: { column: Price, transform: log }
    features: { drop: [Address, SellerG], dates: { Date: day-first } }
    split: { test: 0.3 }
    train: { candidates: [{ boost: { rounds: 60 } }] }
    gate: { metric: r2, against: nothing }
END
rai-train -c "$T/rai.yaml" -o "$T/model" >/dev/null 2>&1
run costs --model "$T/model" --trials 40 "$T/fresh.csv"
status 0 'windows of rows that the model has not seen'
# column N of the line that begins with NAME, its name taken off
of() { sed -n "s/^$1  *//p" "$T/out" | awk -v n="$2" '{ print $n }'; }
awk -v v="$(of 'as it was' 1)" 'BEGIN { exit !(v != "" && v <= 5) }'
is $? 0 'of windows as they were something can be told'
awk -v v="$(of 'as it was' 3)" 'BEGIN { exit !(v != "" && v <= 5 && v >= -5) }'
is $? 0 'which is right to 5 % of the loss'
awk -v v="$(of 'drawn unevenly by one column' 3)" 'BEGIN { exit !(v != "" && v <= 5 && v >= -5) }'
is $? 0 'also where the inputs moved within what was learned from'
awk -v v="$(of 'drawn unevenly by one column' 2)" 'BEGIN { exit !(v != "" && v <= 5) }'
is $? 0 'and no false cost is found'
awk '/x 1000|shuffled|surge|at random/ { split(substr($0, 31), f, " "); n += f[1]; k++ }
    END { printf "%g %% of %d", n / k, k; exit !(k == 5 && n / k >= 92) }' "$T/out" >"$T/spoilt"
is $? 0 "nothing is told of spoilt windows ($(cat "$T/spoilt"))"
