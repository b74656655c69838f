#!/bin/sh
# task: classification: the target is a category, a model gives the probability of each.
. ci/tap.sh
plan 17

cd "$T" || exit 1
market --rows 1500 --seed 4 >houses.csv
# declare_loop TARGET TASK METRIC
declare_loop() {
	cat >rai.yaml <<-END
		version: 1
		models:
		  kind:
		    data: { source: houses.csv }
		    target: { column: $1 }
		    task: $2
		    features: { drop: [Address], dates: { Date: day-first } }
		    train: { candidates: [logistic] }
		    gate: { metric: $3, at_least: 0.5, against: champion }
	END
}
declare_loop Type classification accuracy
run rai-train -o m
status 0 'trained'
ok 'its metrics are those of classes' jq -e '.data.metrics | has("log_loss") and has("accuracy") and (has("r2") | not)' out
ok 'it is right more often than the most frequent class' \
	jq -e '.data.metrics.accuracy.value > 0.75' out
run rai-train -o m
status 0 'and once more against the champion'
stdout_has 'as good as the champion' 'which is as good'
run rai-train --verify m
status 0 'verified'
run rai-train --describe
stdout_has "Type	category	0	3	h, t, u	to be predicted" 'described'
ok 'the classes have a profile' python3 - m <<'END'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
p = json.loads(json.loads(b[8:8 + n])["__metadata__"]["rai.profile"])
assert p["target"]["kind"] == "categorical" and p["prediction"]["kind"] == "categorical"
END

# type FILE EXPRESSION: houses.csv with another type of house, which may depend on row number i
type() {
	python3 - "$1" "$2" <<-'END'
		import csv, sys
		rows = list(csv.reader(open("houses.csv", encoding="utf-8-sig")))
		at = rows[0].index("Type")
		for i, r in enumerate(rows[1:]):
		    r[at] = eval(sys.argv[2], {"i": i, "old": r[at]})
		csv.writer(open(sys.argv[1], "w", newline="")).writerows(rows)
	END
}
type gaps.csv '"" if i % 10 == 3 else old'
run rai-train gaps.csv -o gaps --report --champion ''
status 0 'rows without a class'
stderr_has '150 without a target' 'are left out'
type one.csv '"h"'
run rai-train one.csv -o none --champion ''
status 2 'one class'
stderr_has 'target "Type" is "h" in all training rows' 'teaches nothing'
declare_loop Address classification accuracy
sed -i '/features/d' rai.yaml
run rai-train -o none
status 2 'too many classes'
stderr_has 'classes, where at most 256 are handled' 'are refused'
declare_loop Type regression r2
sed -i 's/logistic/tree/' rai.yaml
run rai-train -o none
status 2 'a category where a number is predicted'
stderr_has 'Type' 'is named'
ok 'nothing is half-written' test ! -e none
