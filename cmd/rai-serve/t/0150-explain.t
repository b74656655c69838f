#!/bin/sh
# KServe's :explain: contributions that add up, from every kind of model that can tell, as shap and the
# definition have them (testdata/foreign/explain.py); the column form of :predict.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
echo '{"model":"house-price","version":"v7"}' >"$T/model/release.json"
serve own --log "$T/log"
explain=$url/v1/models/house-price:explain
other='{"Rooms":2,"Type":"u","Date":"2016-05-07","Distance":null,"Suburb":"Nowhere","Landsize":0}'
ask "$url/predict" -d "[$row,$other]"
want=$(jq -c '[.[].prediction]' "$T/out")
ok 'the log has both' wait_for 5 sh -c "[ \$(wc -l <'$T/log') = 2 ]"

ask "$explain" -d "{\"instances\":[$row,$other]}"
is "$status_code $(jq -c .predictions "$T/out")" "200 $want" 'the predictions'
is "$(jq -c '[.explanations[] | .scale]' "$T/out")" '["value","value"]' 'what is explained is the number itself'
is "$(jq -c '.explanations[0].contributions | keys' "$T/out")" "$(echo "$row" | jq -c keys)" 'by each column'
is "$(jq -c '[.explanations[] | (.base + ([.contributions[]] | add) - .score | fabs) < 1e-9 * .score]' "$T/out")" \
	'[true,true]' 'the parts add up'
is "$(jq -c '[.predictions, [.explanations[].score]] | transpose | map((.[0] - .[1] | fabs) < 1e-9 * .[0])' "$T/out")" \
	'[true,true]' 'to the predictions'
is "$(jq -c '.baseline | keys' "$T/out")" "$(echo "$row" | jq -c keys)" 'beyond those of a typical row'
is "$(jq -c '[.model, .version]' "$T/out")" '["house-price","v7"]' 'by which model'
is "$(header X-Model-Version)" v7 'also in the headers'
typical=$(jq -c .baseline "$T/out")
base=$(jq -c '[.baseline_prediction]' "$T/out")
ask "$explain" -d "{\"instances\":[$typical]}"
is "$(jq -c '[.predictions, ([.explanations[0].contributions[]] | unique)]' "$T/out")" "[$base,[0]]" 'which adds nothing to itself'
ask "$explain" -d "{\"instances\":[$row],\"baseline\":$other}"
is "$(jq -c '[.baseline_prediction, .baseline.Distance]' "$T/out")" "$(echo "$want" | jq -c '[.[1], null]')" 'a baseline that the request has'
ask "$explain" -d '{"instances":[]}'
is "$status_code $(jq -c '[.predictions, .explanations]' "$T/out")" '200 [[],[]]' 'no rows'
columns=$(jq -nc --argjson a "$row" --argjson b "$other" '$a | to_entries | map({key, value: [.value, $b[.key]]}) | from_entries')
ask "$explain" -d "{\"inputs\":$columns}"
is "$(jq -c .predictions "$T/out")" "$want" 'the column form'
ask "$url/predict" -d "$row"
ok 'the next prediction is logged' wait_for 5 sh -c "[ \$(wc -l <'$T/log') -ge 3 ]"
is "$(wc -l <"$T/log")" 3 'and no explanation is'

# wrong BODY MESSAGE NAME
wrong() {
	ask "$explain" -d "$1"
	is "$status_code $(jq -r .error "$T/out")" "400 $2" "$3"
}
ask "$explain" -d '{'
is "$status_code $(jq -c keys "$T/out")" '400 ["error"]' 'no JSON'
wrong '[]' '"instances" is missing (an array)' 'no object'
wrong '{"instances":[{"Romos":1}]}' 'row 1: unknown field "Romos" (did you mean "Rooms"?)' 'an unknown field'
wrong "{\"instances\":[$row],\"baseline\":[]}" '"baseline" must be an object of fields' 'a baseline that is no row'
wrong "{\"instances\":[$row],\"baseline\":{\"Romos\":1}}" 'baseline: unknown field "Romos" (did you mean "Rooms"?)' 'one with an unknown field'
wrong "{\"instances\":[$row],\"baseline\":{\"Rooms\":\"x\"}}" 'baseline: Rooms: "x" is not a number' 'one with a wrong value'
jq -nc --argjson r "$row" '{instances: [range(10001) | $r]}' >"$T/many"
wrong "@$T/many" 'row 10001: more than 10000 rows in one request' 'too many rows'
ask "$url/v1/models/nothing:explain" -d '{}'
is "$status_code" 404 'an unknown model'

# the column form, as TensorFlow Serving has it
ask "$url/v1/models/house-price:predict" -d "{\"signature_name\":\"serving_default\",\"inputs\":$columns}"
is "$(jq -c '[.outputs, .predictions]' "$T/out")" "[$want,$want]" 'columns to outputs'
ask "$url/v1/models/house-price:predict" -d "{\"inputs\":[$row,$other]}"
is "$(jq -c '[.outputs, .predictions]' "$T/out")" "[$want,$want]" 'rows as inputs, as KServe takes them'
ask "$url/v1/models/house-price:predict" -d "{\"instances\":[$row]}"
is "$(jq -c .outputs "$T/out")" null 'instances have predictions alone'
explain=$url/v1/models/house-price:predict
wrong '{"inputs":7}' 'inputs: must be an object of columns, or an array of rows' 'no columns'
wrong '{"inputs":{"Rooms":[1,2],"Type":["h"]}}' 'inputs: "Type" must be an array of 2 values' 'of two lengths'
wrong '{"inputs":{"Rooms":[1]}}' 'inputs: not given: "Suburb", "Type", "Date", "Distance", "Landsize" (a value that is not known is null)' 'columns missing'
wrong '{"inputs":{},"instances":[]}' '"instances" has rows, and "inputs" columns: give one of them' 'both forms'
kill "$pid"

# a kind that cannot tell
mkdir "$T/machine" && cp "$T/train.1/data.csv" "$T/machine"
sed 's/{ tree: { max_depth: 6 } }/svr/' "$T/train.1/rai.yaml" >"$T/machine/rai.yaml"
(cd "$T/machine" && rai-train -c rai.yaml >event.json 2>train.log) || note <"$T/machine/train.log"
cp "$T/machine/$(jq -r .data.artifact "$T/machine/event.json")" "$T/svr"
rai-serve --model "m=$T/svr" --listen 127.0.0.1:0 2>"$T/svr.err" &
pids="$pids $!"
wait_for 10 grep -q "on http://" "$T/svr.err" || note <"$T/svr.err"
ask "$(sed -n 's/.* on \(http:.*\)/\1/p' "$T/svr.err")/v1/models/m:explain" -d "{\"instances\":[$row]}"
is "$status_code $(jq -r .error "$T/out")" \
	'501 this kind of model is not explained: what a column adds to its prediction depends on all others' 'support vectors'

# models of other libraries, as shap or the definition explains them
models=
for f in testdata/foreign/*.contributions; do
	name=$(basename "$f" .contributions)
	for ext in txt json; do
		[ ! -e "testdata/foreign/$name.$ext" ] || models="$models --model $name=testdata/foreign/$name.$ext"
	done
done
# shellcheck disable=SC2086 # words
rai-serve $models --listen 127.0.0.1:0 2>"$T/foreign.err" &
pids="$pids $!"
wait_for 10 grep -q 'on http://' "$T/foreign.err" || note <"$T/foreign.err"
url=$(sed -n '$s/.* on \(http:.*\)/\1/p' "$T/foreign.err")
ask "$url/v1/models/lightgbm-regression:explain" -d '{"instances":[{"area":1}]}'
is "$status_code $(jq -r .error "$T/out")" \
	"400 this model's file says nothing of typical rows: give one to compare with as \"baseline\", an object of fields" \
	'a file without typical rows'
cat >"$T/compare.py" <<'END'
import csv, json, sys, urllib.request
url, name = sys.argv[1:]
number = lambda t: None if t == "nan" else float(t)
rows = [{k: number(v) for k, v in r.items()} for r in csv.DictReader(open("testdata/foreign/rows.csv"))]
said = [[float(v) for v in line.split(",")] for line in open("testdata/foreign/%s.contributions" % name)]
body = json.dumps({"instances": rows, "baseline": rows[5]}).encode()
got = json.load(urllib.request.urlopen("%s/v1/models/%s:explain" % (url, name), body))["explanations"]
assert len(got) == len(said) == 40
single = 2e-6 if name.startswith("xgboost") else 1e-9  # XGBoost's scores are in single precision
worst = 0
for g, s in zip(got, said):
    factor = 1.5 if name == "lightgbm-binary" else 1  # its parameter sigmoid: to log-odds
    if "class" in g:
        assert int(g["class"]) == s[-1], (g["class"], s[-1])
        if name.endswith("binary") and g["class"] == "0":
            factor = -factor
    want = [factor * v for v in s[:-1]]
    have = [g["base"]] + list(g["contributions"].values())
    scale = max(1, max(map(abs, want)))
    worst = max([worst] + [abs(a - b) / scale for a, b in zip(want, have)])
print("same" if worst < single else worst)
END
for f in testdata/foreign/*.contributions; do
	name=$(basename "$f" .contributions)
	is "$(python3 "$T/compare.py" "$url" "$name" 2>&1)" same "$name"
done
