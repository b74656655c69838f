#!/bin/sh
# Two models in one process, and a trial beside each, with settings of its own.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
train_depth 1 "$T/flat.safetensors"
train_depth 2 "$T/low.safetensors"
run rai-serve --model "a=$T/flat.safetensors" --model "b=$T/low.safetensors" --listen 127.0.0.1:0 \
	--shadow "$T/model/model.safetensors"
status 2 'a trial beside none of the names'
stderr_has 'no model is served under the name "house-price"' 'is refused'
run rai-serve --model "a=$T/flat.safetensors" --model "b=$T/low.safetensors" --listen 127.0.0.1:0 \
	--shadow "b=$T/model/model.safetensors" --canary "b=$T/flat.safetensors" --canary-key Suburb
status 2 'two beside one of them'
stderr_has 'one model is tried at a time beside model b, and there is --shadow' 'are refused, too'
run rai-serve --model "a=$T/flat.safetensors" --model "b=$T/low.safetensors" --listen 127.0.0.1:0 \
	--digest "b=$(digest_of "$T/low.safetensors")" --canary "b=$T/flat.safetensors" --canary-key Suburb
status 2 'so is a canary'
stderr_has 'answer for model b with another file, and --digest allows none' 'of a model with a digest'

# beside a (depth 1) a better canary (depth 6), beside b (depth 6, of a digest) a worse shadow
cp "$T/model/model.safetensors" "$T/deep.safetensors"
cp "$T/flat.safetensors" "$T/model/model.safetensors"
mkdir "$T/state"
serve one --model "b=$T/deep.safetensors" --digest "b=$(digest_of "$T/deep.safetensors")" \
	--canary "$T/deep.safetensors" --canary-key Suburb --canary-share 50% \
	--shadow "b=$T/flat.safetensors" --shadow-share b=60% \
	--margin 0.01 --margin b=0 --verdict-after 100 --events "$T/events" --log "$T/log" --state "$T/state"
live_rows 1500 5
live
curl -s -m 20 "$url/models/b/predict" -d "@$T/live" >"$T/answers"
is "$(jq -r '.[].digest' "$T/answers" | sort -u)" "$(digest_of "$T/deep.safetensors")" 'the champion of b answers'
jq -c --slurpfile p "$T/prices" '[range(length) as $i | select($p[0][$i] != null) | {id: .[$i].id, actual: $p[0][$i]}]' \
	"$T/answers" >"$T/truth"
curl -s -m 20 "$url/feedback" -d "@$T/truth" >"$T/joined"
wait_for 10 metric_is 'rai_challenger_verdict{model="house-price",verdict="better"}' 1
is "$(metric 'rai_challenger_verdict{model="house-price",verdict="better"}')" 1 'the one is better'
wait_for 10 metric_is 'rai_challenger_verdict{model="b",verdict="worse"}' 1
is "$(metric 'rai_challenger_verdict{model="b",verdict="worse"}')" 1 'the other is worse'
is "$(metric 'rai_challenger_share{model="house-price"}') $(metric 'rai_challenger_share{model="b"}')" '0.5 0.6' 'each has its share'
is "$(curl -s "$url/metrics" | grep -c '^# HELP rai_challenger_pairs ')" 1 'one family for both'
if command -v promtool >/dev/null; then
	ok 'promtool finds nothing wrong with the metrics' sh -c "curl -s '$url/metrics' | promtool check metrics"
fi
wait_for 10 sh -c "[ \"\$(wc -l <'$T/events')\" = 2 ]"
is "$(jq -r '[.subject, .data.model, .data.role, .data.verdict, .data.margin | tostring] | join(" ")' "$T/events" | sort)" \
	"b b shadow worse 0
house-price house-price canary better 0.01" 'an event each, which names its model'
is "$(jq -r .correlationid "$T/events" | sort -u | wc -l)" 2 'they are no chain'
ask "$url/dashboard"
is "$(grep -c '<h3>On trial</h3>' "$T/out")" 2 'the dashboard shows both'
is "$(grep -o '<a href="models/[^"]*">' "$T/out" | tr -d '\n')" '<a href="models/house-price/"><a href="models/b/">' 'and leads to the form of each'
is "$(cd "$T/state" && echo *.trial)" 'b.trial house-price.trial' 'each is kept by its name'

# one of them is changed
n=$(metric 'rai_challenger_pairs{model="house-price"}')
cp "$T/low.safetensors" "$T/new" && mv "$T/new" "$T/flat.safetensors"
kill -HUP "$pid"
wait_for 10 metric_is 'rai_challenger_pairs{model="b"}' 0
is "$(metric 'rai_challenger_pairs{model="b"}')" 0 'another shadow begins anew'
is "$(metric 'rai_challenger_pairs{model="house-price"}')" "$n" 'and the canary of the other model goes on'
kill "$pid"; ended "$pid"
is "$code" 0 'it ends well'
