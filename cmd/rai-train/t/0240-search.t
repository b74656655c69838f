#!/bin/sh
# Folds and searches: what they find is the same for any number of threads, and is told.
. ci/tap.sh
plan 48

field() { python3 -c 'import json,sys
v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."):
    v = v[int(k)] if k.isdigit() else v[k]
print(json.dumps(v))' "$T/out" "$1"; }
check() { python3 -c 'import json,sys
d = json.load(open("'"$T/out"'"))["data"]
'"$1"; }
with() { # members of train
	printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price, transform: none }\n    features: { drop: [Address], dates: { Date: day-first } }\n    train:\n%s\n    gate: { against: nothing }\n' "$1" >rai.yaml
}

cd "$T" || exit 1
market --rows 900 --seed 4 >rows.csv
with '      candidates: [linear, { forest: { trees: 5 } }]
      validation: { folds: 4 }'
run rai-train -o m
status 0 'candidates on folds'
ok 'means and spreads over the folds' check 'c = d["candidates"]; assert all(x["spread"]["r2"] > 0 and x["metrics"]["r2"] < 1 for x in c)'
is "$(field data.candidates.0.holdout)" null 'nobody asked for the hold-out of each'
run rai-train -o m1 --threads 1 --all-scores
ok 'the same bytes with one thread' cmp m m1
ok 'every candidate on the hold-out' check 'assert all(0 < x["holdout"]["r2"] < 1 for x in d["candidates"])'
ok 'the chosen one as it was measured' check 'c = [x for x in d["candidates"] if x["kind"] == d["kind"]][0]
assert c["holdout"]["r2"] == d["metrics"]["r2"]["value"]'
printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price, transform: none }\n    features: { drop: [Address], dates: { Date: day-first } }\n    train: { candidates: [linear] }\n    gate: { against: nothing }\n' >linear.yaml
run rai-train -c linear.yaml -o l
alone=$(field data.metrics.r2.value)
run rai-train -o m --all-scores
is "$(field data.candidates.0.holdout.r2)" "$alone" 'the hold-out of a candidate is what it has alone'

with '      candidates: [linear]
      search:
        model: { forest: { trees: 4 } }
        draws: 12
        folds: 3
        space:
          max_depth: [2, 5, 9]
          min_samples_leaf: { from: 1, to: 30 }
          max_features: { from: 0.2, to: 1.0 }'
run rai-train -o m --report
status 0 'a search'
stderr_has 'search of forest: 12 draws, 12 different, 3 folds, 36 fits' 'is reported'
is "$(field data.searches.0.draws) $(field data.searches.0.fits)" '12 36' 'and told in the event'
ok 'best first, in its space' check 'b = d["searches"][0]["best"]; assert len(b) == 12
assert [x["metrics"]["r2"] for x in b] == sorted((x["metrics"]["r2"] for x in b), reverse=True)
p = [x["parameters"] for x in b]
assert all(v["max_depth"] in (2, 5, 9) and v["min_samples_leaf"] in range(1, 31) and 0.2 <= v["max_features"] <= 1 and v["trees"] == 4 for v in p)
assert len({v["max_features"] for v in p}) == 12'
ok 'its best is a candidate' check 'c = d["candidates"]; assert len(c) == 2 and c[1]["searched"] and not c[0]["searched"]
assert c[1]["parameters"] == d["searches"][0]["best"][0]["parameters"]'
cp "$T/out" first
run rai-train -o m4 --threads 4
ok 'the same bytes with 4 threads' cmp m m4
ok 'the same draws' python3 -c 'import json
a, b = (json.load(open(f))["data"]["searches"][0]["best"] for f in ("first", "'"$T/out"'"))
for x in a + b: del x["seconds"]
assert a == b'
sed -i 's/draws: 12/draws: 6/' rai.yaml
run rai-train -o m6
ok 'a draw is a function of its number' python3 -c 'import json
a, b = ({x["draw"]: x["parameters"] for x in json.load(open(f))["data"]["searches"][0]["best"]} for f in ("first", "'"$T/out"'"))
assert sorted(b) == list(range(6)) and all(a[k] == b[k] for k in b)'
sed -i 's/draws: 6/draws: 6, seed: 9/' rai.yaml
sed -i 's/        draws: 6, seed: 9/        draws: 6\n        seed: 9/' rai.yaml
run rai-train -o m6
ok 'another seed, other draws' python3 -c 'import json
a, b = ({x["draw"]: x["parameters"] for x in json.load(open(f))["data"]["searches"][0]["best"]} for f in ("first", "'"$T/out"'"))
assert all(a[k] != b[k] for k in b)'

with '      search: { model: tree, grid: true, folds: 3, metric: mae, space: { max_depth: [2, 4], min_samples_leaf: [1, 5, 9] } }'
run rai-train -o m
is "$(field data.searches.0.different) $(field data.kind)" '6 "tree"' 'every combination, alone'
is "$(field data.searches.0.metric)" '"mae"' 'by another metric'
ok 'best first' check 'v = [x["metrics"]["mae"] for x in d["searches"][0]["best"]]; assert v == sorted(v)'
ok 'the figures of a search that is alone are those of its folds' check 'assert d["candidates"][0]["metrics"] == d["searches"][0]["best"][0]["metrics"]'

with '      candidates: [linear]
      validation: { folds: 3 }
      search: { model: ridge, draws: 40, space: { alpha: [0.1, 1, 10] } }'
run rai-train -o m
is "$(field data.searches.0.draws) $(field data.searches.0.different) $(field data.searches.0.fits)" '40 3 9' 'equal draws are fitted once'
is "$(field data.searches.0.folds)" 3 'on the folds of the candidates'
with '      search: { model: ridge, draws: 30, space: { alpha: { from: 0.001, to: 1000.0, log: true } } }'
run rai-train -o m
ok 'evenly on the scale of the logarithm' check 'v = [x["parameters"]["alpha"] for x in d["searches"][0]["best"]]
assert min(v) < 0.1 and max(v) > 10 and 4 < sum(x < 1 for x in v) < 16'

# a target below 0 is nothing for poisson: such draws fail on the folds that learn from it
{ head -n 1 rows.csv; tail -n +2 rows.csv | awk -F, 'BEGIN { OFS = "," } NR == 7 { $5 = -$5 } { print }'; } >odd.csv
for seed in 2 3 4; do
	with "      search: { model: tree, grid: true, folds: 3, seed: $seed, space: { criterion: [poisson], max_depth: [2, 3] } }"
	run rai-train odd.csv -o n --seed "$seed"
	status 2 'no draw can be fitted'
	stderr_has 'search of tree: no draw could be fitted: ' 'which is said'
done
market --rows 3200 --seed 4 >many.csv
{ head -n 1 many.csv; tail -n +2 many.csv | awk -F, 'BEGIN { OFS = "," } NR % 50 == 7 { $5 = -$5 } { print }'; } >odd.csv
with '      search: { model: tree, draws: 12, folds: 3, halving: 2, space: { criterion: [poisson, poisson, poisson, poisson, squared_error], max_depth: { from: 2, to: 12 } } }'
run rai-train odd.csv -o n
status 0 'halving goes on with the draws that could be fitted'
ok 'and counts each of the others once' check 's = d["searches"][0]; assert s["different"] / 2 < s["failed"] < s["different"]'
ok 'which are no winners' check 'b = d["searches"][0]["best"]; assert b[0]["parameters"].get("criterion") != "poisson"'

refused() {
	status 2 "$2: status 2"
	stderr_has "$1" "$2: says why"
}
with '      search: { model: forest, space: { max_depht: [1] } }'
run rai-train -o n
refused 'rai.yaml:8:53: models.m.train.search.space: forest has no parameter "max_depht"' 'unknown parameter'
with '      search: { model: forest, space: { max_depth: { from: 9, to: 2 } } }'
run rai-train -o n
refused 'rai.yaml:8:15: models.m.train.search: max_depth: from 9 to 2 is no range' 'an empty range'
with '      search: { model: forest, grid: true, space: { max_depth: { from: 1, to: 2 } } }'
run rai-train -o n
refused 'every combination needs a list of values' 'a range in a grid'
with '      search: { model: forest, draws: 0, space: { max_depth: [1] } }'
run rai-train -o n
refused 'draws: must be a whole number from 1 to 10000, or all' 'no draws'
with '      search: { space: { max_depth: [1] } }'
run rai-train -o n
refused 'models.m.train.search.model: is missing' 'no model'
with '      validation: { folds: 1 }'
run rai-train -o n
refused 'models.m.train.validation.folds: must be from 2 to 100' 'one fold'
with '      search: { model: ridge, space: { alpha: [1, 2] } }
      validation: { folds: 901 }'
run rai-train -o n
refused 'folds: must be from 2 to 100' 'too many folds'

# the newest part of the training rows has one class: nothing ranks there, and nothing can be chosen
{ echo day,x,kind; for i in $(seq 200); do echo "$i,$((i * 7 % 13)),$([ $((i % 2)) = 1 ] && { [ $i -le 120 ] || [ $i -gt 170 ]; } && echo b || echo a)"; done; } >rows.csv
printf 'version: 1\nmodels: { m: { target: { column: kind }, task: classification, split: { by: day, test: 0.2 }, train: { candidates: [tree, logistic] }, gate: { metric: auc } } }\n' >rai.yaml
run rai-train rows.csv -o n --champion ''
status 2 'a choice by a metric that cannot be computed'
stderr_has 'rows.csv: auc cannot be computed for any candidate on the rows that are to choose among them' 'is none'
