#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
# two logs of one market: rows in turn, the second model's prices off by a factor
# split FACTOR OFFSET-SECONDS: from log preds.jsonl; every 4th row is the canary's
split() { python3 - "$@" <<'PY'
import datetime, json, sys
factor, later = float(sys.argv[1]), int(sys.argv[2])
canary = set()
out = [open("stable.jsonl", "w"), open("canary.jsonl", "w"), open("both.jsonl", "w"), open("shadow.jsonl", "w")]
for i, line in enumerate(open("preds.jsonl")):
    d = json.loads(line)
    n = int(d["id"][-9:])
    side = n % 4 == 3
    if d["type"] == "prediction":
        other = dict(d, digest="sha256:" + "0" * 64, version="v2", prediction=d["prediction"] * factor)
        both = dict(other, role="canary") if side else d
        print(json.dumps(both), file=out[2])
        print(json.dumps(d), file=out[3])
        print(json.dumps({k: v for k, v in dict(other, type="mirrored", role="shadow").items()
                          if k != "features"}), file=out[3])
        d = other if side else d
    else:
        print(line, end="", file=out[2])
        print(line, end="", file=out[3])
    if side:
        t = datetime.datetime.strptime(d["time"], "%Y-%m-%dT%H:%M:%SZ")
        d["time"] = (t + datetime.timedelta(seconds=later)).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps(d), file=out[side])
PY
}
log 0 --rows 4000 >preds.jsonl
split 1.6 0
run rai-drift --compare stable.jsonl canary.jsonl
status 1 'the canary is worse'
is "$(field type) $(field subject) $(field data.verdict) $(field data.advice)" \
	'ai.reconciled.challenger.judged.v1 house-price worse keep' 'as an event'
is "$(field data.pairs) $(field data.same_rows) $(field data.same_time) $(field data.inputs.differ)" \
	'1000 False True False' 'of other rows of the same time and kind'
is "$(field data.challenger.version) $(field data.inputs.challenger_rows)" 'v2 1000' 'it is named'
cp out first
run rai-drift --compare stable.jsonl canary.jsonl
is "$(sed 's/"time":"[^"]*"//' first)" "$(sed 's/"time":"[^"]*"//' out)" 'the same again'
run rai-drift --compare --table stable.jsonl canary.jsonl
stdout_has 'house-price: worse, advice keep' 'a table for people'
stdout_has 'challenger  v2 ' 'with both sides'
run rai-drift --compare both.jsonl
is "$code $(field data.verdict) $(field data.pairs)" '1 worse 1000' 'one log of two models'
run rai-drift --compare shadow.jsonl
is "$code $(field data.verdict) $(field data.pairs) $(field data.same_rows)" '1 worse 4000 True' \
	'a shadow: every row is a pair'
run rai-drift --compare canary.jsonl stable.jsonl
is "$code $(field data.verdict) $(field data.advice)" '0 better promote' 'the other way round'
head -n 30 canary.jsonl >few.jsonl
run rai-drift --compare stable.jsonl few.jsonl
is "$code $(field data.verdict) $(field data.inputs)" '4 undecided None' 'too few rows'
grep '"prediction"' canary.jsonl | grep -v feedback >unlabelled.jsonl
run rai-drift --compare stable.jsonl unlabelled.jsonl
is "$code $(field data.advice)" '4 wait' 'no labels'
stdout_has 'no labels of both: 3000 and 0 rows' 'is said'
split 1 0
run rai-drift --compare stable.jsonl canary.jsonl
ok 'the same model is neither better nor worse' test "$(field data.verdict)" != worse -a \
	"$(field data.verdict)" != better
split 1.6 86400000
run rai-drift --compare stable.jsonl canary.jsonl
is "$code $(field data.same_time)" '1 False' 'at another time'
stdout_has 'not at work at one time' 'which is said'

# the canary gets other traffic
log 0 --rows 3000 >stable.jsonl
log 5000 --rows 3000 --mix 0.5 >canary.jsonl
run rai-drift --compare stable.jsonl canary.jsonl
is "$(field data.inputs.differ)" True 'other traffic'
stdout_has 'it got other traffic (' 'is said'
stdout_has 'Type: chi-squared' 'and named'

# classes
python3 - <<'PY'
import json, random
random.seed(2)
for name, right in (("a", 0.9), ("b", 0.6)):
    with open(name + ".jsonl", "w") as f:
        for i in range(1500):
            actual = random.choice(["yes", "no"])
            says = actual if random.random() < right else "maybe"
            print(json.dumps({"type": "prediction", "id": "%s%d" % (name, i), "model": "m", "digest": name,
                "time": "2026-01-01T00:00:00Z", "prediction": says, "features": {"x": i % 7}}), file=f)
            print(json.dumps({"type": "feedback", "id": "%s%d" % (name, i), "actual": actual,
                "time": "2026-01-01T00:00:00Z"}), file=f)
PY
run rai-drift --compare a.jsonl b.jsonl
is "$code $(field data.loss) $(field data.verdict)" '1 error_rate worse' 'classes'
is "$(field data.inputs.differ)" False 'rows that repeat are no other traffic'

run rai-drift --compare stable.jsonl
status 2 'one log of one model'
stderr_has 'stable.jsonl: no prediction of a second model' 'has nothing to compare'
run rai-drift --compare rows.csv rows.csv
status 2 'no log'
stderr_has 'no log line in' 'is said'
stdout '' 'nothing on stdout'
run rai-drift --compare a b c
status 2 'three logs'
