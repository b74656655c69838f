#!/bin/sh
# The reader that the benchmark times: reads a table as rai-train does, and says what it read.
. ci/tap.sh
plan 6

market --rows 500 --seed 7 >"$T/market.csv"
run columns "$T/market.csv" Date
status 0 'a table is read'
is "$(jq -c '[.rows, .columns, (.seconds > 0)]' "$T/out")" '[500,21,true]' 'rows, columns and a time'
{ cat "$T/market.csv"; sed -n 2,11p "$T/market.csv"; } >"$T/twice.csv"
is "$(columns "$T/twice.csv" Date | jq .rows)" 510 'every row, also one that came before'
run columns "$T/none.csv"
status 2 'no file'
run columns
status 2 'no argument'
stderr_has "a file is needed" "says what is missing"
