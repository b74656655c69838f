#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
# the market's types of houses, to be told from the rest
cat >rai.yaml <<'YAML'
version: 1
models:
  kind:
    data: { source: data.csv }
    target: { column: Type }
    task: classification
    features: { drop: [Address, SellerG, Suburb, Date] }
    train: { candidates: [ { forest: { trees: 10 } } ] }
    gate: { metric: accuracy, at_least: 0.3, against: nothing }
    drift: { window: 400 }
YAML
rai-train -c rai.yaml -o k.safetensors >trained.json 2>trained.err || { cat trained.err; exit 1; }
market --rows 2000 --seed 3 >same.csv
run rai-drift --model k.safetensors --rows same.csv
status 0 'a model of classes: the same market'
# relabel SHARE FROM TO: rows whose truth is another class
relabel() { python3 - "$@" <<'PY'
import csv, random, sys
random.seed(4)
share, old, new = float(sys.argv[1]), sys.argv[2], sys.argv[3]
rows = list(csv.reader(open("same.csv", encoding="utf-8-sig")))
at = rows[0].index("Type")
for r in rows[1:]:
    if r[at] == old and random.random() < share:
        r[at] = new
csv.writer(open("relabelled.csv", "w", newline="")).writerows(rows)
PY
}
relabel 0.5 h u
run rai-drift --model k.safetensors --rows relabelled.csv
is "$code $(field data.advice)" '1 retrain' 'half of a class is another: the error is worse'
ok 'an accuracy of classes' python3 -c 'import json
d = json.loads(open("out").read())["data"]["accuracy"]
assert d["value"] < d["reference"] - 0.1, d'
relabel 1 h castle
run rai-drift --model k.safetensors --rows relabelled.csv
is "$code $(field data.advice)" '1 retrain' 'a class that is new is wrong'
relabel 0 h u
market --rows 2000 --seed 3 --unit Rooms=1000 >unit.csv
run rai-drift --model k.safetensors --rows unit.csv
status 3 'inputs are judged as ever'

# a log of rai-serve
log_classes() { python3 - "$1" k.safetensors <<'PY'
import csv, hashlib, json, subprocess, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig")))
digest = "sha256:" + hashlib.sha256(open(sys.argv[2], "rb").read()).hexdigest()
feed = ""
for r in rows:
    f = {k: (None if v == "" else float(v) if k not in ("Method", "CouncilArea", "Regionname", "Type") else v)
         for k, v in r.items() if k not in ("Address", "SellerG", "Suburb", "Date", "Type")}
    feed += json.dumps(f) + "\n"
done = subprocess.run(["rai-serve", "--model", sys.argv[2], "--stdin"], input=feed, capture_output=True,
                      text=True, check=True)
for i, (r, says, f) in enumerate(zip(rows, done.stdout.splitlines(), feed.splitlines())):
    time = "2026-11-23T%02d:%02d:%02dZ" % (i // 3600, i // 60 % 60, i % 60)
    print(json.dumps({"type": "prediction", "time": time, "id": "k%d" % i, "model": "kind", "digest": digest,
                      "features": json.loads(f), "prediction": json.loads(says)["prediction"]}))
    print(json.dumps({"type": "feedback", "time": time, "id": "k%d" % i, "actual": r["Type"]}))
PY
}
log_classes same.csv >same.jsonl
run rai-drift --model k.safetensors same.jsonl
status 0 'its log'
run rai-drift --model k.safetensors --table same.jsonl
stdout_has 'prediction' 'the predicted class is a column of the table'
relabel 0.5 h u
log_classes relabelled.csv >relabelled.jsonl
run rai-drift --model k.safetensors relabelled.jsonl
is "$code $(field data.advice)" '1 retrain' 'labels that come as classes'
python3 - <<'PY'
import json
with open("turned.jsonl", "w") as f:
    for line in open("same.jsonl"):
        d = json.loads(line)
        if d["type"] == "prediction":
            d["prediction"] = "t"
            print(json.dumps(d), file=f)
PY
run rai-drift --model k.safetensors turned.jsonl
is "$code $(field data.advice)" '1 get-labels' 'a model that says one class only has moved'
stdout_has 'prediction: chi-squared' 'and is named'
run rai-drift --calibrate --model k.safetensors --window 100 --sustain 1 --alpha 0.1
status 0 'calibrated from the profile'
ok 'clean windows seldom drift' python3 -c 'import json
c = json.load(open("out"))["clean"]
assert c["alarms_per_window"] <= 0.1, c'
run rai-drift --calibrate --model k.safetensors --window 100 --sustain 1 --alpha 0.1 same.csv
ok 'and from rows' python3 -c 'import json
c = json.load(open("out"))["clean"]
assert c["alarms_per_window"] <= 0.1, c'

# rows that a canary answered: their classes are the world's, whether they are right is not told
python3 - >canary.jsonl <<'PY'
import json
says, right, n = {}, 0, 0
for line in open("same.jsonl"):
    d = json.loads(line)
    if d["type"] == "prediction" and d["features"]["Rooms"] == 3:
        d.update(model="kind", role="canary", digest="sha256:0", prediction="castle")
    elif d["type"] == "prediction":
        says[d["id"]] = d["prediction"]
    elif d["id"] in says:
        right += says[d["id"]] == d["actual"]
        n += 1
    print(json.dumps(d))
print("%.9f" % (right / n), file=open("right", "w"))
PY
run rai-drift --model k.safetensors --window "$(grep -c feedback canary.jsonl)" --sustain 1 --textfile prom canary.jsonl
status 0 'with a canary by a column'
is "$(awk '/^rai_drift_accuracy{/ { printf "%.9f", $NF }' prom)" "$(cat right)" 'the accuracy is that of the rows that the model answered'
