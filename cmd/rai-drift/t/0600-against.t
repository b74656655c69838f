#!/bin/sh
. ci/tap.sh
cd "$T" || exit 1
market --rows 4000 >ref.csv
market --rows 2000 --seed 3 >same.csv
market --rows 2000 --seed 3 --inflate 30 >moved.csv
field() { tail -n 1 out | python3 -c 'import json, sys
d = json.load(sys.stdin)
for k in sys.argv[1].split("."): d = d[int(k) if k.isdigit() else k]
print(d)' "$1"; }

run rai-drift --against ref.csv same.csv
status 0 'the same market, without a model'
stdout '' 'has nothing to tell'
run rai-drift --against ref.csv --now 2026-11-23T00:00:00Z moved.csv
status 1 'prices + 30 %'
is "$(field subject) $(field data.advice)" 'ref get-labels' 'are an input that moved'
cp out of-rows
run rai-drift --profile ref.csv
status 0 'a profile'
cp out ref.json
run rai-drift --against ref.json --now 2026-11-23T00:00:00Z moved.csv
ok 'stands for its rows: the same event' cmp out of-rows
market --rows 2000 --seed 3 --unit Landsize=1000 >unit.csv
run rai-drift --against ref.json unit.csv
status 3 'another unit is a broken input'
gzip -c moved.csv >moved.csv.gz
run rai-drift --against ref.json moved.csv.gz
status 1 'gzip'
run sh -c 'rai-drift --against ref.json <moved.csv'
status 1 'standard input'

# columns that come and go
python3 - <<'PY'
import csv
rows = list(csv.reader(open("same.csv", encoding="utf-8-sig")))
def write(name, rows): csv.writer(open(name, "w", newline="")).writerows(rows)
write("reordered.csv", [r[::-1] for r in rows])
write("renamed.csv", [["Roms" if v == "Rooms" else v for v in rows[0]]] + rows[1:])
write("extra.csv", [rows[0] + ["Garden"]] + [r + ["1"] for r in rows[1:]])
at = rows[0].index("Distance")
write("fewer.csv", [r[:at] + r[at + 1:] for r in rows])
write("text.csv", [rows[0]] + [r[:at] + ["far"] + r[at + 1:] for r in rows[1:]])
PY
run rai-drift --against ref.json reordered.csv
is "$code $(cat out err)" '0 ' 'the order of columns does not matter'
run rai-drift --against ref.json extra.csv
status 0 'a column more'
stderr_has 'extra.csv: column "Garden" is not in the reference: left out' 'is said'
run rai-drift --against ref.json renamed.csv
status 3 'a column renamed'
stderr_has 'column "Roms" is not in the reference: left out (is it "Rooms", which is not here?)' \
	'is guessed'
run rai-drift --against ref.json fewer.csv
status 3 'a column gone'
stdout_has 'Distance: gone' 'is a broken input'
stderr_has 'column "Distance" of the reference is not here' 'and said'
run rai-drift --against ref.json text.csv
status 3 'text where numbers belong'
stderr_has '2000 values do not fit their column' 'is counted'
stderr_has 'the first: text.csv:2: ' 'with the place of the first'
stderr_has 'is not a number' 'and what is wrong with it'

# a target and a prediction without a model
python3 - <<'PY'
import csv, random
random.seed(1)
for name, out, factor in (("ref", "rref", 1), ("same", "rsame", 1), ("moved", "rmoved", 1.3)):
    rows = list(csv.reader(open(name + ".csv", encoding="utf-8-sig")))
    at = rows[0].index("Price")
    w = csv.writer(open(out + ".csv", "w", newline=""))
    w.writerow(rows[0] + ["prediction"])
    for r in rows[1:]:
        w.writerow(r + ["%.0f" % (float(r[at]) / factor * random.lognormvariate(0, 0.1))])
PY
run rai-drift --profile --target Price rref.csv
status 0 'a profile with a target'
cp out rref.json
ok 'knows the accuracy of its predictions' python3 -c 'import json
p = json.load(open("rref.json"))["profile"]
assert 0.9 < p["accuracy"] < 0.94 and p["prediction"] and p["target"]["name"] == "Price"
assert not {"Price", "prediction"} & {c["name"] for c in p["features"]}'
run rai-drift --against rref.json rsame.csv
status 0 'nothing moved'
run rai-drift --against rref.json rmoved.csv
is "$code $(field data.advice)" '1 retrain' 'the error is worse'
run rai-drift --against ref.csv --target Price moved.csv
is "$code $(field data.advice)" '1 wait' 'a target alone moves, its error is not known'
is "$(field data.accuracy.high)" None 'and has no interval'
run rai-drift --against ref.csv --target Price --html page.html --table moved.csv
stdout_has 'accuracy not known: no prediction to compare with' 'in the table, too'
ok 'and on the page' grep -q 'no prediction to compare with' page.html

# merging
head -n 2001 ref.csv >a.csv
{ head -n 1 ref.csv; tail -n +2002 ref.csv; } >b.csv
for f in a b; do rai-drift --profile --against ref.json $f.csv >$f.json; done
run rai-drift --profile a.json b.json
status 0 'two profiles'
ok 'are that of all rows, count by count' python3 -c 'import json
a, b = (json.load(open(f))["profile"] for f in ("out", "ref.json"))
assert a["rows"] == b["rows"] == 4000
for x, y in zip(a["features"], b["features"]):
    assert all(x[k] == y[k] for k in x if k != "quantiles"), x["name"]'
run rai-drift --profile a.csv b.csv
status 0 'rows join the bins of the first'
is "$(field profile.rows)" 4000 'and are counted'
rai-drift --profile b.csv >other.json
run rai-drift --profile a.json other.json
status 2 'other bins or categories'
stderr_has 'other.json: column "' 'are refused by name'

# many kinds of columns
python3 - <<'PY'
import csv
w = csv.writer(open("kinds.csv", "w", newline=""))
w.writerow(["constant", "tied", "empty", "many", "day", "n"])
for i in [i * 7919 % 2000 for i in range(2000)]:
    w.writerow([7, 0 if i % 10 else i, "", "level%03d" % (i * 7919 % 400),
                "2026-%02d-%02d" % (1 + i % 12, 1 + i % 28), i * 0.5])
PY
run rai-drift --profile kinds.csv
status 0 'a constant, ties, nothing at all, 400 categories, dates'
is "$(field profile.features.0.counts) $(field profile.features.2.missing)" '[2000] 2000' \
	'are counted'
cp out kinds.json
run rai-drift --against kinds.json kinds.csv
status 0 'and do not differ from themselves'

# what is no reference
{ head -n 2 ref.csv; } >one.csv
run rai-drift --against one.csv same.csv
status 2 'a reference of one row'
stderr_has 'one.csv: the reference profile has 1 rows, at least 20' 'is too little'
sed 's/"edges":\[[^]]*\]/"edges":[3,2]/' ref.json >bad.json
run rai-drift --against bad.json same.csv
status 2 'a damaged profile'
stderr_has 'bad.json: reference profile: column' 'is named'
run rai-drift --against ref.json --model m.safetensors same.csv
status 2 'two references'
run rai-drift --against nowhere.csv same.csv
status 2 'a file that is not there'
stdout '' 'nothing on stdout'
run rai-drift same.csv
stderr_has '--model FILE is missing (or --against FILE)' 'no reference'
