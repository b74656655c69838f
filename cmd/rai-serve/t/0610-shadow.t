#!/bin/sh
# A shadow: nobody hears of it, its verdict comes all the same, and it may be promoted by hand.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
train_depth 2 "$T/next/model.safetensors"
cp "$T/model/model.safetensors" "$T/deep.safetensors"
cp "$T/next/model.safetensors" "$T/model/model.safetensors"
live_rows 1500 5

# the served tree has depth 2, the shadow 6
serve one --shadow "$T/deep.safetensors" --events "$T/events" --log "$T/log" --risk 0.01 --margin 0.01
curl -s "$url/predict" -d "@$T/live" >"$T/with"
live
is "$(jq -r '.[].digest' "$T/answers" | sort -u)" "$(curl -s "$url/version" | jq -r .digest)" 'the champion answers'
wait_for 10 metric_is 'rai_challenger_mirrored_total{model="house-price",outcome="scored"}' 3000
is "$(metric 'rai_challenger_mirrored_total{model="house-price",outcome="scored"}')" 3000 'every row is predicted again'
is "$(metric 'rai_challenger_mirrored_total{model="house-price",outcome="dropped"}')" 0 'none is dropped'
is "$(metric 'rai_challenger_pairs{model="house-price"}')" "$(jq .joined "$T/joined")" 'all truth makes pairs'
is "$(metric 'rai_challenger_verdict{model="house-price",verdict="better"}')" 1 'a better shadow is found out'
wait_for 10 test -s "$T/events"
is "$(jq -r '[.data.role, .data.verdict, .data.advice, .data.risk, .data.margin] | map(tostring) | join(" ")' "$T/events")" \
	'shadow better promote 0.01 0.01' 'by an event'
is "$(jq -r 'select(.type == "mirrored") | .role' "$T/log" | sort | uniq -c | awk '{print $1, $2}')" '3000 shadow' 'its predictions are in the log'
# the losses again, from the log alone
jq -s -r '(map(select(.type == "prediction")) | INDEX(.id)) as $p | (map(select(.type == "mirrored")) | INDEX(.id)) as $m
	| [.[] | select(.type == "feedback") | .actual as $a | [1, ((.actual - $m[.id].prediction) / .actual | fabs)] as $s
	| [1, (($a - $p[.id].prediction) / $a | fabs)] as $c | ($s | min) - ($c | min)] | add / length' "$T/log" >"$T/mean"
ok 'the mean difference is that of the log' awk -v a="$(cat "$T/mean")" \
	-v b="$(metric 'rai_challenger_loss_difference{model="house-price"}')" 'BEGIN { exit !(a < 0 && (a - b) ^ 2 < 1e-18) }'
rai-drift --model "$T/model/model.safetensors" --no-fail <"$T/log" >"$T/drift" 2>"$T/drift.err"
grep -v '"mirrored"' "$T/log" >"$T/plain"
rai-drift --model "$T/model/model.safetensors" --no-fail <"$T/plain" >"$T/drift.plain" 2>"$T/drift.err"
is "$(jq -c .data "$T/drift")" "$(jq -c .data "$T/drift.plain")" 'rai-drift does not see the shadow'

# promoted: nothing does it but the operator
is "$(curl -s "$url/version" | jq -r .digest)" "$(jq -r .data.champion.digest "$T/events")" 'better is not served by itself'
cp "$T/deep.safetensors" "$T/model/new" && mv "$T/model/new" "$T/model/model.safetensors"
kill -HUP "$pid"
wait_for 10 grep -q 'the trial has ended' "$T/one.err"
ok 'the shadow that is served now is tried no more' grep -q 'the trial has ended: the shadow is the model that is served' "$T/one.err"
is "$(curl -s "$url/version" | jq -r .digest)" "$(jq -r .data.challenger.digest "$T/events")" 'it is served'
is "$(metric 'rai_challenger_pairs{model="house-price"}')" '' 'nothing is tried'
kill "$pid"; ended "$pid"
is "$code" 0 'and it ends well'
is "$(cat "$T/one.out")" '' 'standard output stays empty'

# without the shadow: the same answers
cp "$T/next/model.safetensors" "$T/model/model.safetensors"
serve two
curl -s "$url/predict" -d "@$T/live" >"$T/without"
is "$(jq -c '[.[].prediction]' "$T/with" | md5sum)" "$(jq -c '[.[].prediction]' "$T/without" | md5sum)" 'replies are those of a server without it'
kill "$pid"; ended "$pid"

# of two that are nearly the same nothing is claimed
train_depth 7 "$T/seven.safetensors"
cp "$T/deep.safetensors" "$T/model/new" && mv "$T/model/new" "$T/model/model.safetensors"
serve three --shadow "$T/seven.safetensors"
live
wait_for 10 metric_is 'rai_challenger_pairs{model="house-price"}' "$(jq .joined "$T/joined")"
is "$(metric 'rai_challenger_verdict{model="house-price",verdict="undecided"}')" 1 'of two nearly the same nothing is claimed'
kill "$pid"; ended "$pid"
is "$(cat "$T/three.out")" '' 'and there is no event'

# killed between prediction and truth: the next process goes on with it
mkdir "$T/state"
cp "$T/next/model.safetensors" "$T/model/new" && mv "$T/model/new" "$T/model/model.safetensors"
serve four --shadow "$T/deep.safetensors" --state "$T/state" --events "$T/kept"
live_rows 1000 6
curl -s "$url/predict" -d "@$T/live" >"$T/answers"
wait_for 10 metric_is 'rai_challenger_mirrored_total{model="house-price",outcome="scored"}' 1000
jq -c --slurpfile p "$T/prices" '[range(length) as $i | select($p[0][$i] != null) | {id: .[$i].id, actual: $p[0][$i]}]' \
	"$T/answers" >"$T/truth"
jq -c '.[:600]' "$T/truth" >"$T/early"; jq -c '.[600:]' "$T/truth" >"$T/late"
curl -s "$url/feedback" -d "@$T/early" >"$T/joined"
before=$(metric 'rai_challenger_loss_difference{model="house-price"}')
wait_for 10 test -s "$T/kept"
kill -9 "$pid"; ended "$pid"
serve five --shadow "$T/deep.safetensors" --state "$T/state" --events "$T/kept"
is "$(metric 'rai_challenger_pairs{model="house-price"}')" 600 'pairs outlive the process'
is "$(metric 'rai_challenger_loss_difference{model="house-price"}')" "$before" 'and so does what they say'
curl -s "$url/feedback" -d "@$T/early" >"$T/again"
is "$(cat "$T/again")" '{"joined":0,"unknown":0,"repeated":600}' 'truth that comes again'
is "$(metric 'rai_challenger_pairs{model="house-price"}')" 600 'makes no pair'
curl -s "$url/feedback" -d "@$T/late" >"$T/joined"
is "$(metric 'rai_challenger_pairs{model="house-price"}')" "$(jq length "$T/truth")" 'truth that comes later joins what was predicted before'
kill "$pid"; ended "$pid"
is "$(wc -l <"$T/kept")" 1 'the verdict is not said again'
serve six --shadow "$T/deep.safetensors" --state "$T/state" --events "$T/kept" --watch
is "$(metric 'rai_challenger_pairs{model="house-price"}')" "$(jq length "$T/truth")" 'and is there a third time'
cp "$T/seven.safetensors" "$T/new" && mv "$T/new" "$T/deep.safetensors"
wait_for 10 metric_is 'rai_challenger_pairs{model="house-price"}' 0
is "$(metric 'rai_challenger_pairs{model="house-price"}')" 0 'another challenger, which --watch sees, begins anew'
kill "$pid"; ended "$pid"
