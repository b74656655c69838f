#!/bin/sh
# A canary: a share of the keys, always the same ones, and a verdict from the truth that comes.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
train_depth 1 "$T/canary/model.safetensors"
canary=$T/canary/model.safetensors
refused() {
	want=$1; shift
	run rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 "$@"
	status 2 "refused: $*"
	stderr_has "$want" 'and it is said why'
}
refused 'model.safetensors needs --canary-key: the column or header:NAME' --canary "$canary"
refused 'it would answer nobody' --canary "$canary" --canary-key Suburb --canary-share 0
refused 'it would answer everybody' --canary "$canary" --canary-key Suburb --canary-share 100%
refused 'is a share, such as 10% or 0.1, and not "some"' --canary "$canary" --canary-key Suburb --canary-share some
refused '--canary-key is about a --canary: give one' --canary-key Suburb
refused '--canary-share is about a --canary: give one' --canary-share 10% --shadow "$canary"
refused '--shadow-share is about a --shadow: give one' --shadow-share 10% --canary "$canary" --canary-key Suburb
refused 'it would predict nothing' --shadow "$canary" --shadow-share 0%
refused '--digest allows none' --canary "$canary" --canary-key Suburb --digest "sha256:$(sha256sum <"$T/model/model.safetensors" | cut -c -64)"
refused "one model is tried at a time beside model house-price, and there is --canary $canary, too" --canary "$canary" --canary-key Suburb --shadow "$canary"
refused '--risk is about a --canary or --shadow: give one' --risk 0.01
refused '--events is about a --canary or --shadow: give one' --events "$T/x"
refused 'there is no --canary horse=FILE' --canary "house=$canary" --canary-key horse=Suburb
refused 'it is given twice for one model' --shadow "$canary" --margin 0.1 --margin 0.2
refused 'from 1e-6 to 0.5' --shadow "$canary" --risk 0
refused 'from 0 to below 1' --shadow "$canary" --margin -0.1
refused '--verdict-after 0: from 1 to' --shadow "$canary" --verdict-after 0
refused 'give --events a file' --shadow "$canary" --log -
refused 'are the same file' --shadow "$canary" --log "$T/x" --events "$T/x"
refused 'is the model that is served' --shadow "$T/model/model.safetensors"
refused 'no column of model house-price' --canary "$canary" --canary-key Customer
refused 'no model is served under the name "flat"' --shadow "flat=$canary"
refused 'No such file' --shadow "$T/nothing"
mkdir -p "$T/other" && cd "$T/other" || exit 1
sed -e 's/Suburb, //' "$T/train.1/rai.yaml" >rai.yaml && cp "$T/train.1/data.csv" .
rai-train -c rai.yaml >event.json 2>train.log || note <train.log
cp "$(jq -r .data.artifact event.json)" "$T/other/model.safetensors"
cd "$top" || exit 1
refused 'its column 1 is "Rooms", where that of the served model is "Suburb"' --shadow "$T/other/model.safetensors"

# by a header: users
users() {
	for i in $(seq 200); do
		printf 'next\nurl = %s/predict\nheader = "X-User: user-%s"\ndata = %s\noutput = /dev/null\nwrite-out = "%%header{x-model-digest} %s\\n"\n' \
			"$url" "$i" "\"$(echo "$row" | sed 's/"/\\"/g')\"" "$i"
	done | sed 1d >"$T/users.curl"
	curl -s -K "$T/users.curl" >"$1"
}
serve one --canary "$canary" --canary-key header:X-User --canary-share 30% --events "$T/none"
users "$T/first"
served=$(curl -s "$url/version" | jq -r .digest)
n=$(grep -vc "^$served " "$T/first")
# 4 standard deviations: 60 +- 26
ok "a share of the users has the canary ($n of 200)" sh -c "[ $n -ge 34 ] && [ $n -le 86 ]"
is "$(metric 'rai_challenger_rows_total{model="house-price",by="challenger"}')" "$n" 'as counted'
ask "$url/predict" -d "$row"
is "$(header X-Model-Digest)" "$served" 'who has no key gets the champion'
is "$(metric 'rai_challenger_rows_total{model="house-price",by="champion_no_key"}')" 1 'and is counted'
# a share of the keys must not be missing where drift is looked for
sum_of() { curl -s "$url/metrics" | awk -v name="$1" 'index($0, name) == 1 { n += $NF } END { print n + 0 }'; }
sum_is() { [ "$(sum_of "$1")" = "$2" ]; }
is "$(sum_of 'rai_feature_observations_total{model="house-price",feature="Suburb"')" 201 "the canary's rows are counted with all others"
wait_for 10 sum_is 'rai_prediction_observations_total' 201
is "$(sum_of 'rai_prediction_observations_total')" 201 'and what the champion predicts for them'
kill "$pid"; ended "$pid"
serve two --canary "$canary" --canary-key header:X-User --canary-share 0.3 --events "$T/none"
users "$T/second"
ok 'the same users after a new start' cmp "$T/first" "$T/second"
kill "$pid"; ended "$pid"
serve three --canary "$canary" --canary-key header:X-User --canary-share 60% --events "$T/none"
users "$T/third"
grep -v "^$served " "$T/first" | sort >"$T/few"; grep -v "^$served " "$T/third" | sort >"$T/more"
is "$(comm -23 "$T/few" "$T/more" | wc -l)" 0 'who had it at 30 % has it at 60 %'
ok 'and there are more' test "$(wc -l <"$T/more")" -gt "$(wc -l <"$T/few")"
kill "$pid"; ended "$pid"
ok 'no verdict, no event' test ! -s "$T/none"

# by a column, with truth: the tree of depth 1 is worse
live_rows 9000 5
serve four --canary "$canary" --canary-key Suburb --canary-share 40% --verdict-after 100 --log "$T/log"
live
is "$(jq -r .unknown "$T/joined")" 0 'truth comes about all'
wait_for 10 metric_is 'rai_challenger_verdict{model="house-price",verdict="worse"}' 1
is "$(metric 'rai_challenger_verdict{model="house-price",verdict="worse"}')" 1 'a worse canary is found out'
ask "$url/dashboard"
ok 'the dashboard says so' grep -q '<h3>On trial</h3>' "$T/out"
ok 'with its verdict and advice' grep -q '<dt>verdict</dt><dd><span class="bad">worse</span>: keep</dd>' "$T/out"
ok 'and the share of the keys' grep -q '<dd>40&#8239;% of the keys</dd>' "$T/out"
rows=$(metric 'rai_challenger_rows_total{model="house-price",by="challenger"}')
is "$(sed -n 's/.*<dt>so far<\/dt><dd>\([0-9,]*\) rows answered of .*/\1/p' "$T/out" | tr -d ,)" "$rows" 'and how many rows that were'
wait_for 10 metric_is 'rai_challenger_mirrored_total{model="house-price",outcome="scored"}' "$rows"
is "$(metric 'rai_challenger_mirrored_total{model="house-price",outcome="scored"}')" "$rows" 'the champion has predicted all of its rows'
is "$(jq -r '.[] | .digest' "$T/answers" | sort -u | wc -l)" 2 'a batch is answered by both'
is "$(jq --slurpfile l "$T/live" '[to_entries[] | {s: $l[0][.key].Suburb, d: .value.digest}] | unique | group_by(.s) | map(select(length > 1)) | length' "$T/answers")" \
	0 'each suburb by one'
if command -v promtool >/dev/null; then
	ok 'promtool finds nothing wrong with the metrics' sh -c "curl -s '$url/metrics' | promtool check metrics"
fi
kill "$pid"; ended "$pid"
is "$(wc -l <"$T/four.out")" 1 'one event for one verdict'
e=$T/four.out
is "$(jq -r '[.specversion, .type, .source, .subject] | join(" ")' "$e")" \
	'1.0 ai.reconciled.challenger.judged.v1 /rai/serve house-price' 'a CloudEvent'
is "$(jq -r '[.data.role, .data.verdict, .data.advice] | join(" ")' "$e")" 'canary worse keep' 'with the verdict and an advice'
ok 'the interval is on one side' jq -e '.data | .low > 0 and .low < .difference and .difference < .high and .pairs >= 100' "$e"
is "$(jq -r .data.champion.digest "$e")" "$served" 'it names the champion'
jq -r '.data | keys[], (.champion | keys[])' "$e" | sort -u | while read -r member; do
	grep -q "^\.It Va .*$member" man/rai-json.5 || echo "$member"
done >"$T/undocumented"
is "$(cat "$T/undocumented")" '' 'rai-json(5) names every member'
is "$(jq -r 'select(.type == "prediction") | .role' "$T/log" | sort | uniq -c | awk '{print $2}' | tr '\n' ' ')" \
	'canary champion ' 'the log says who answered'
is "$(jq -r 'select(.type == "mirrored") | .role' "$T/log" | sort -u)" champion 'and what the champion would have said'
rai-drift --model "$T/model/model.safetensors" --no-fail <"$T/log" >"$T/drift" 2>"$T/drift.err"
is "$(grep -c 'another model' "$T/drift.err")" 0 'rai-drift leaves the canary out, without a word'
