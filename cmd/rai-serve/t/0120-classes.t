#!/bin/sh
# A model of classes: probabilities, truth by name, the share of right ones.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
mkdir -p "$T/model" "$T/train" && cd "$T/train" || exit 1
market --rows 400 --seed 3 >data.csv
cat >rai.yaml <<'END'
version: 1
models:
  house-type:
    data:     { source: data.csv }
    target:   { column: Type }
    task:     classification
    features: { use: [Rooms, Distance, Landsize, Price] }
    train:    { candidates: [ { tree: { max_depth: 4 } } ] }
    gate:     { metric: accuracy, at_least: 0 }
END
rai-train -c rai.yaml >event.json 2>train.log || { note <train.log; exit 1; }
cp "$(jq -r .data.artifact event.json)" "$T/model/model.safetensors"
cd "$top" || exit 1
serve one --log "$T/log"
row='{"Rooms":3,"Distance":5.5,"Landsize":450,"Price":900000}'
ask "$url/predict" -d "$row"
is "$status_code" 200 'a model of classes is served'
is "$(jq -r 'keys_unsorted | join(" ")' "$T/out")" \
	'prediction probabilities id model version digest' 'with the class and the probabilities'
is "$(jq -c '.probabilities | keys_unsorted' "$T/out")" '["h","t","u"]' 'of all classes'
ok 'which sum to 1' jq -e '.probabilities | add | . > 0.999999 and . < 1.000001' "$T/out"
ok 'and it is the most probable' jq -e '.prediction as $p | .probabilities[$p] == ([.probabilities[]] | max)' "$T/out"
cp "$T/out" "$T/first"
echo "$row" | rai-train --predict "$T/model/model.safetensors" --format jsonl >"$T/predicted" 2>"$T/predict.err"
is "$(cat "$T/predicted")" "$(jq -r .prediction "$T/first")" 'as rai-train --predict says'
want=$(jq -c '[[.prediction], [.probabilities[]]]' "$T/first")
jq -nc --argjson a "$row" '{inputs: [$a | to_entries[] | {name: .key, shape: [1], datatype: "FP64", data: [.value]}]}' >"$T/v2"
ask "$url/v2/models/house-type/infer" -d "@$T/v2"
is "$(jq -c '[.outputs[] | select(.name != "prediction_id").data]' "$T/out")" "$want" 'the Open Inference Protocol: label and probabilities'
is "$(jq -c '[.outputs[].shape]' "$T/out")" '[[1,1],[1,3],[1,1]]' 'their shapes'
ask "$url/v1/models/house-type:predict" -d "{\"instances\":[$row]}"
is "$(jq -c '[.predictions, [.probabilities[0][]]]' "$T/out")" "$want" 'KServe'
ask "$url/invocations" -H 'Content-Type: application/json' -H 'Accept: text/csv' -d "{\"inputs\":[$row]}"
is "$(sed 's/^[^,]*,//' "$T/out")" "$(printf 'prediction,probability:h,probability:t,probability:u\n%s' \
	"$(echo "$want" | jq -r 'flatten | map(tostring) | join(",")')")" 'CSV'
ask "$url/predict" -H 'Accept: text/html' -d 'Rooms=3&Distance=5.5&Landsize=450&Price=900000'
ok 'the page names the class' grep -q "Predicted Type<b>$(jq -r .prediction "$T/first")</b>" "$T/out"
ask "$url/feedback" -d "$(jq -c '{id, actual: .prediction}' "$T/first")"
is "$(cat "$T/out")" '{"joined":1,"unknown":0,"repeated":0}' 'truth is the name of a class'
is "$(metric 'model_accuracy{model="house-type"}')" 1 'a right one'
curl -s "$url/predict" -d "[$row,$row,$row]" >"$T/p"
ask "$url/feedback" -d "$(jq -c '[.[] | {id, actual: "elsewhere"}]' "$T/p")"
is "$(metric 'model_accuracy{model="house-type"}')" 0.25 'the share of right ones'
is "$(metric 'latest_prediction_accuracy{model="house-type"}')" 0 'the latest one'
curl -s "$url/metrics" | grep '^rai_prediction_observations_total{' >"$T/bins"
is "$(awk '{ s += $2 } END { print s }' "$T/bins")" 8 'every prediction is in one bin'
is "$(wc -l <"$T/bins")" 5 'bins are the classes, missing and unseen'
kill "$pid"; ended "$pid"
is "$(head -1 "$T/log" | jq -c '[.prediction, .probabilities]')" "$(jq -c '[.prediction, .probabilities]' "$T/first")" \
	'the log has class and probabilities'
is "$(grep -c '"actual":"elsewhere"' "$T/log")" 3 'and the truth'
run rai-drift --model "$T/model/model.safetensors" "$T/log"
status 4 'rai-drift watches classes too'
is "$(jq -r .type "$T/out")" ai.reconciled.evidence.insufficient.v1 'and wants more rows than these'
