#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
# a narrow reference, so that simulations are short
cut3() { python3 -c 'import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8-sig")))
at = [rows[0].index(k) for k in ("Rooms", "Type", "Distance", "Landsize")]
csv.writer(open(sys.argv[2], "w", newline="")).writerows([[r[i] for i in at] for r in rows])' "$1" "$2"; }
cut3 data.csv ref.csv
market --rows 4000 --seed 3 >rows.csv && cut3 rows.csv clean.csv
rai-drift --profile ref.csv >ref.json

run rai-drift --calibrate --against ref.csv --false-alarm-every 90d --traffic 10/min
status 0 'a budget in time'
cp out cal.json
ok 'is kept, and the proof is printed' python3 -c 'import json
c = json.load(open("cal.json"))
assert c["format"] == "ai.reconciled.calibration.v1" and c["drawn_from"] == "rows"
assert c["false_alarm_every_seconds"] == 90 * 86400 and abs(c["rows_per_minute"] - 10) < 1e-9
assert abs(c["budget"] - c["window"] / (2 * 90 * 1440 * 10)) < 1e-12
assert c["clean"]["windows"] == 2000 and c["clean"]["broken"] == 0
assert c["clean"]["low"] <= c["clean"]["alarms_per_window"] <= c["budget"]
p = {(x["column"], x["effect"]): x for x in c["power"]}
assert p["Distance", 1]["power"] > 0.95 and p["Distance", 1]["seconds"] == p["Distance", 1]["rows"] * 6
assert p["Type", 0.2]["unit"] == "share"'
run rai-drift --calibrate --against ref.csv --false-alarm-every 90d --traffic 10/min
ok 'the same again' cmp out cal.json
run rai-drift --calibrate --against ref.csv --table --window 200 --alpha 0.05
status 0 'a table'
stdout_has 'window 200 rows, 2 in a row, alpha 0.05' 'of what was asked'
stdout_has '2000 clean windows of 40 references, drawn from rows' 'how it was found'
run rai-drift --calibrate --against ref.json --table --window 200 --sustain 1
stdout_has 'drawn from the profile, columns independent' 'without rows columns are independent'

# judged as calibrated
window=$(python3 -c 'import json; print(json.load(open("cal.json"))["window"])')
alpha=$(python3 -c 'import json; print(json.load(open("cal.json"))["alpha"])')
run rai-drift --against ref.json --calibration cal.json clean.csv
status 0 'a clean month'
python3 - <<'PY'
import csv
rows = list(csv.reader(open("clean.csv")))
csv.writer(open("moved.csv", "w", newline="")).writerows(
    [rows[0]] + [[r[0], r[1], str(float(r[2]) + 4), r[3]] for r in rows[1:]])
PY
run rai-drift --against ref.json --calibration cal.json moved.csv
is "$code $(field data.window.rows) $(field data.window.alpha)" "1 $window $alpha" \
	'window and alpha are the calibrated ones'
run rai-drift --against ref.json --calibration cal.json --false-alarm-every 90d moved.csv
status 1 'what it was made for may be said again'
run rai-drift --against ref.json --calibration cal.json --false-alarm-every 30d moved.csv
status 2 'another budget'
stderr_has '--false-alarm-every: the calibration is for 7776000 seconds' 'needs another calibration'
run rai-drift --against ref.json --calibration cal.json --window 333 moved.csv
stderr_has "--window: the calibration is for $window rows" 'so does another window'
run rai-drift --against clean.csv --calibration cal.json moved.csv
status 2 'another reference'
stderr_has 'the calibration is of another reference' 'is none of its'
echo '{"format":1}' >bad.json
run rai-drift --against ref.json --calibration bad.json moved.csv
status 2 'no calibration'
stderr_has 'bad.json: calibration: "format" must be a string' 'is named'

# in the profile itself
run rai-drift --profile --calibrate --window 200 ref.csv
status 0 'a profile with its calibration'
cp out whole.json
run rai-drift --against whole.json moved.csv
is "$code $(field data.window.rows)" '1 200' 'judges by it'
run sh -c 'rai-drift --profile --calibrate --window 200 <ref.csv'
status 2 'rows that cannot be read twice'

# windows that overlap
run rai-drift --calibrate --against ref.csv --window 200 --slide 50 --false-alarm-every 90d --traffic 10/min
status 0 'windows that overlap'
cp out slide.json
is "$(field slide) $(field clean.windows)" '50 8000' 'are drawn as they do'
run rai-drift --against ref.json --calibration slide.json moved.csv
is "$code $(field data.window.rows)" '1 200' 'and judged so'
run rai-drift --against ref.json --calibration slide.json --window 200 --slide 100 moved.csv
stderr_has '--slide: the calibration is for one every 50 rows' 'another step needs another one'
run rai-drift --against ref.json --calibration cal.json --slide 100 moved.csv
stderr_has '--slide: the calibration is for windows that do not overlap' 'so does any, where there was none'

# a model
head -n 1001 data.csv >some.csv
run rai-drift --calibrate --model m.safetensors --window 200 some.csv
status 0 'a model, with rows'
cp out m.json
is "$(field drawn_from)" rows 'which are drawn'
is "$(field labels.coverage) $(field labels.windows) $(field labels.broken)" '1 2000 0' \
	'its labels, with the errors of the hold-out'
run rai-drift --calibrate --model m.safetensors --window 200 --coverage 0 some.csv
ok 'or without, where none will come' python3 -c 'import json; assert "labels" not in json.load(open("out"))'
run rai-drift --calibrate --model m.safetensors --window 200 --accuracy-below 0.999 --table some.csv
stderr_has "the hold-out's accuracy is" 'a threshold that is not met says nothing of false alarms'
stdout_has "labels of 100 % with the hold-out's errors" 'and the table has them'
log 0 --rows 2000 --inflate 30 >preds.jsonl
run rai-drift --model m.safetensors --calibration m.json preds.jsonl
is "$code $(field data.window.rows)" '1 200' 'its log is judged so'
cat >>rai.yaml <<'YAML'
tools: { rai-drift: { calibration: m.json } }
YAML
sed -i 's/window: 400, //' rai.yaml
run rai-drift --model m.safetensors --config rai.yaml preds.jsonl
is "$code $(field data.window.rows)" '1 200' 'a file may name the calibration'
run rai-drift --calibrate --against ref.json --window 100 --traffic preds.jsonl
is "$code $(python3 -c 'print(round('"$(field rows_per_minute)"', 6))')" '0 6' \
	'the traffic of a log: a row every ten seconds'

# what cannot be
run rai-drift --calibrate --against ref.csv --false-alarm-every 90d
stderr_has '--false-alarm-every needs --traffic, as 10/min' 'time needs traffic'
run rai-drift --calibrate --against ref.csv --traffic fast
status 2 'no rate'
stderr_has '--traffic: neither a rate as 10/min nor a prediction log' 'is explained'
run rai-drift --calibrate --against ref.csv --coverage 2
stderr_has '--coverage: 2 is not a share from 0 to 1' 'more labels than predictions'
run rai-drift --calibrate --against ref.csv --window 5
status 2 'a window too small'
stdout '' 'nothing on stdout'
