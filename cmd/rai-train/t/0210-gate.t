#!/bin/sh
# The gate: thresholds, a champion that is better, worse, or too close to call.
. ci/tap.sh
plan 24

field() { python3 -c 'import json,sys
v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."):
    v = v[int(k)] if k.isdigit() else v[k]
print(json.dumps(v))' "$T/out" "$1"; }
declare_loop() { # gate, candidates
	cat >rai.yaml <<-END
	version: 1
	models:
	  house-price:
	    data: { source: houses.csv }
	    target: { column: Price, transform: none }
	    features: { drop: [Address], dates: { Date: day-first } }
	    split: { by: Date, test: 0.3 }
	    train: { candidates: $2 }
	    gate: $1
	END
}
cd "$T" || exit 1
market --rows 500 --seed 4 >houses.csv
declare_loop '{ at_least: 0.999 }' '[linear]'
run rai-train -o m
status 1 'below the threshold the answer is no'
is "$(field type)" '"ai.reconciled.model.rejected.v1"' 'the event says so'
is "$(field data.artifact) $(field data.artifact_digest) $(field data.artifact_bytes)" 'null null null' 'there is no file'
ok 'really none' test ! -e m
is "$(field data.gate.passed) $(field data.gate.checks.0.passed) $(field data.gate.checks.1.passed)" 'false false true' 'every check is listed'
is "$(field data.gate.checks.0.limit)" 0.999 'with its limit'
run rai-train -o m --no-fail
status 0 'with --no-fail a no is no failure'
declare_loop '{ metric: rmse, at_least: 1 }' '[linear]'
run rai-train -o m
status 1 'for an error the threshold is a ceiling'
stdout_has 'above 1"' 'and the message says which side'

declare_loop '{ metric: r2 }' '[{ tree: { max_depth: 1 } }]'
run rai-train -o weak
status 0 'a weak champion, as there is no other'
declare_loop '{ metric: r2 }' '[linear]'
run rai-train -o strong --champion weak
status 0 'a better model passes'
stdout_has 'better than the champion' 'as the better one'
is "$(field data.champion.digest)" "\"sha256:$(sha256sum weak | cut -d' ' -f1)\"" 'the champion is named'
declare_loop '{ metric: r2 }' '[{ tree: { max_depth: 1 } }]'
cp strong before
run rai-train -o strong
status 1 'a worse model does not replace the file at the output'
stdout_has 'worse than the champion' 'as the worse one'
ok 'the old file stays' cmp -s strong before
run rai-train -o strong --champion ''
status 0 'without a champion it would pass'
declare_loop '{ metric: r2, against: nothing }' '[{ tree: { max_depth: 1 } }]'
run rai-train -o strong
is "$(field data.gate.checks)" '[]' 'against nothing: no check'

# The market moves: the champion of yesterday is beaten on today's rows.
declare_loop '{ metric: r2 }' '[linear]'
run rai-train -o yesterday --champion ''
market --rows 500 --seed 5 --from 2018-01-01 --inflate 80 >houses.csv
run rai-train -o today --champion yesterday
status 0 'a retrain on a moved market passes'
stdout_has 'better than the champion' 'it is much better'

# Two weak models on few rows: nobody can tell.
market --rows 100 --seed 6 >houses.csv
declare_loop '{ metric: r2 }' '[{ tree: { max_depth: 2 } }]'
run rai-train -o few --champion ''
declare_loop '{ metric: r2 }' '[{ tree: { max_depth: 3, min_samples_leaf: 2 } }]'
run rai-train -o few2 --champion few
status 1 'not enough evidence does not pass'
is "$(field data.gate.checks.0.passed)" null 'it is neither yes nor no'
is "$(field data.gate.passed)" false 'the gate is'
ok 'no file' test ! -e few2
