#!/bin/sh
# A budget of false alarms in rai.yaml: window and alpha are found when a model is trained, and go with it.
. ci/tap.sh
plan 26
cd "$T" || exit 1

market --rows 1200 --seed 5 >data.csv
# a member of the last JSON line of the output
field() { python3 -c 'import json, sys
d = json.loads(open("out").read().splitlines()[-1])
for key in sys.argv[1].split("."): d = d[key]
print(d)' "$1"; }
yaml() {
	cat >rai.yaml <<-END
		version: 1
		models:
		  m:
		    data: { source: data.csv }
		    target: { column: ${2:-Price} }
		    features: { use: [Rooms, Distance, Landsize, Type], duplicates: keep }
		    split: { test: 0.3 }
		    train: { candidates: [tree] }
		    gate: { metric: ${3:-r2}, against: nothing }
		    ${4:-task: regression}
		    drift: { $1 }
	END
}
# the calibration of a model file as JSON
calibration() { python3 - "$1" <<-'PY'
	import json, struct, sys
	b = open(sys.argv[1], "rb").read()
	m = json.loads(b[8:8 + struct.unpack("<Q", b[:8])[0]])["__metadata__"]
	print(m.get("rai.calibration", "none"))
	PY
}
yaml 'false_alarm_every: 30d, traffic: 10/min, window: 100, accuracy_below: 0.1'
run rai-train -o m --threads 1
status 0 'a budget in time, and traffic'
calibration m >out
is "$(field format)" ai.reconciled.calibration.v1 'are a calibration, kept in the model'
is "$(field window) $(field sustain) $(field drawn_from)" '100 2 rows' 'of the window that was asked for'
ok 'with labels, and within the budget' python3 -c 'import json
c = json.load(open("out"))
near = 1 + 1e-9
assert c["false_alarm_every_seconds"] == 30 * 86400 and abs(c["rows_per_minute"] - 10) < 1e-9
assert abs(c["budget"] - 100 / (2 * 30 * 1440 * 10)) < 1e-12
assert c["clean"]["windows"] == 2000 and c["clean"]["alarms_per_window"] <= c["budget"] * near
assert c["labels"]["windows"] == 2000 and c["labels"]["coverage"] == 1
assert c["labels"]["alarms_per_window"] <= c["budget"] * near'
run rai-train -o m2 --threads 2
ok 'the same bytes on two threads' cmp m m2
run rai-train --verify m
status 0 'and trained again'

# rai-drift judges by it
alpha=$(calibration m | python3 -c 'import json, sys; print(json.load(sys.stdin)["alpha"])')
market --rows 600 --seed 9 | python3 -c 'import csv, sys
rows = csv.DictReader(sys.stdin)
out = csv.DictWriter(sys.stdout, rows.fieldnames)
out.writeheader()
for row in rows:
    row["Distance"] = float(row["Distance"]) + 4
    out.writerow(row)' >rows.csv
run rai-drift --model m --rows rows.csv
is "$(field data.window.rows) $(field data.window.alpha)" "100 $alpha" 'a verdict takes window and alpha from the model'
stderr '' 'and says nothing of it'
run rai-drift --model m --config rai.yaml --rows rows.csv
is "$(field data.window.rows) $(field data.window.alpha)" "100 $alpha" 'also beside the rai.yaml it came from'
stderr '' 'which agrees'
run rai-drift --model m --rows --window 300 rows.csv
is "$(field data.window.rows) $(field data.window.alpha)" '300 0.01' 'another window is somebody'\''s wish'
stderr_has "the model's calibration is left aside: --window: the calibration is for 100 rows" 'and what it costs is said'
run rai-drift --model m --whole --rows rows.csv
is "$(field data.window.rows)" 600 'a whole file is no window of it'

# windows that overlap, by time; fewer labels
yaml 'false_alarm_every: 30d, traffic: 10/min, window: 20m, slide: 10m, coverage: 0.2, sustain: 1'
run rai-train -o s
status 0 'windows by time that overlap'
calibration s >out
is "$(field window) $(field slide) $(field sustain) $(field labels.coverage)" '200 100 1 0.2' 'are rows at this traffic'
yaml 'false_alarm_every: 30d, traffic: 10/min, window: 100, coverage: 0'
rai-train -o s >/dev/null 2>&1
calibration s >out
ok 'no labels, no windows of labels' python3 -c 'import json; assert "labels" not in json.load(open("out"))'

# classes
yaml 'false_alarm_every: 30d, traffic: 1/s, window: 50' Method accuracy 'task: classification'
run rai-train -o k
status 0 'a model of classes'
calibration k >out
is "$(field window) $(field labels.windows) $(field labels.broken)" '50 2000 0' 'has its labels simulated, too'
is "$(field rows_per_minute)" 60 'at a row a second'

# nothing to find, or not to be found
yaml 'false_alarm_every: 30d'
rai-train -o n >/dev/null 2>&1
is "$(calibration n)" none 'no traffic, no calibration'
yaml 'traffic: 10/min'
rai-train -o n >/dev/null 2>&1
is "$(calibration n)" none 'nor without a budget'
yaml 'false_alarm_every: 30d, traffic: 10/min, window: 1m'
run rai-train -o n
status 0 'a window of ten rows'
stderr_has 'drift.window: 1m are 10 rows at 10/min: from 20 to 1000000 can be calibrated' 'is too small, which is said'
yaml 'false_alarm_every: 30d, traffic: fast'
run rai-train -o n
status 2 'a traffic that is none'
stderr_has 'models.m.drift.traffic: "fast" is no rate such as 10/min' 'is named'
stdout '' 'and nothing is trained'
