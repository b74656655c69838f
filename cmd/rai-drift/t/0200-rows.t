#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh

# drift options-of-market...: the verdict over 2000 rows
drift() { market --rows 2000 --seed 3 "$@" >rows.csv; run rai-drift --model m.safetensors --rows rows.csv; }

drift
status 0 'the same market'
stdout '' 'has nothing to tell'
drift --inflate 30
status 1 'prices + 30 %'
is "$(field type) $(field data.advice)" 'ai.reconciled.drift.detected.v1 retrain' 'retrain'
stdout_has '"worse":true' 'because the error is worse'
drift --mix 0.3
status 1 'another mix'
is "$(field data.advice)" wait 'the labels say it costs nothing'
drift --new-suburbs 8
status 1 'new suburbs'
stdout_has 'new categories' 'are named'
drift --unit Landsize=1000
status 3 'another unit'
is "$(field type) $(field data.advice)" 'ai.reconciled.input.broken.v1 fix-input' 'fix the input'
stdout_has 'Landsize: another unit' 'the column is named'
drift --unit Distance=0.001 --inflate 50
status 3 'a broken input is never drift'
drift --drop Distance
status 3 'a column gone'
stdout_has 'Distance: gone, 100.0 % of values' 'is named'
market --rows 300 --seed 3 >rows.csv
run rai-drift --model m.safetensors -r rows.csv
status 4 'too few rows'
is "$(field data.rows_wanted)" 200 'how many more'
python3 - <<'PY'
import csv
rows = list(csv.reader(open("rows.csv", encoding="utf-8-sig")))
at = rows[0].index("Distance")
for r in rows[1:]:
    r[at] = "far"
csv.writer(open("text.csv", "w", newline="")).writerows(rows)
PY
run rai-drift --model m.safetensors --rows text.csv
status 3 'text where numbers belong is a broken input'
stderr_has '300 values do not fit their column' 'and counted'
stderr_has 'the first: text.csv:2: Distance: "far" is not a number' 'the first is shown'
run rai-drift --model m.safetensors rows.csv
status 2 'rows where a log belongs'
stderr_has 'plain rows? give --rows' 'has a hint'
printf 'a,b\n1,2\n' >other.csv
run rai-drift --model m.safetensors --rows other.csv
status 2 'none of the columns'
stderr_has "other.csv: none of the reference's columns" 'is said'
stdout '' 'nothing on stdout'
printf 'Suburb,Rooms\nX\n' >ragged.csv
run rai-drift --model m.safetensors --rows ragged.csv
status 2 'a ragged row'
stderr_has 'ragged.csv:2' 'has its place'
: >empty.csv
run rai-drift --model m.safetensors --rows empty.csv
status 2 'an empty file has no columns'
market --rows 1000 --seed 3 >rows.csv
run rai-drift --model m.safetensors --rows --psi-above 0.0001 rows.csv
status 1 'a fixed threshold is honoured'
stderr_has 'psi_above 0.0001: at 500 rows 100 % of windows without drift are over it' 'and what it means is said'
run rai-drift --model m.safetensors --rows --psi-above 0.03 --quorum 0.9 --alpha 1e-12 rows.csv
status 0 'not all columns are over it'
run rai-drift --model m.safetensors --rows --ks-p-below 0.9999 --quorum 2 rows.csv
status 1 'two p-values below a threshold'
stderr_has 'ks_p_below 1 in 2 of the columns: at 500 rows' 'are said to be so'
run rai-drift --model m.safetensors --rows --ks-p-below 1.2 rows.csv
status 2 'a probability is one'
run rai-drift --model m.safetensors --rows --quorum 1.5 rows.csv
status 2 'half a column is none'
run rai-drift --model m.safetensors --rows --accuracy-below 0.99 rows.csv
status 1 'so is the wanted accuracy'
is "$(field data.advice)" retrain 'which is error'
market --rows 1000 --seed 3 --mix 0.4 --missing-price 1 >rows.csv
run rai-drift --model m.safetensors --rows rows.csv
is "$code $(field data.advice)" '1 get-labels' 'moved inputs without labels'
run rai-drift --model m.safetensors --rows --retrain-on drift rows.csv
is "$code $(field data.advice)" '1 retrain' 'or retrain on drift'
run rai-drift --model m.safetensors --rows --table rows.csv
stdout_has 'Distance ' 'a table for people'
