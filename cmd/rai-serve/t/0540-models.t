#!/bin/sh
# Several models in one process: names, digests, files that change, what is refused.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train_two
da=$(digest_of "$T/a.safetensors") db=$(digest_of "$T/b.safetensors")
mkdir "$T/other"
cp "$T/a.safetensors" "$T/other/m.safetensors"
echo "{\"model\":\"house-price\",\"version\":\"v7\",\"artifact_digest\":\"$da\"}" >"$T/other/release.json"
cp "$T/b.safetensors" "$m"

serve one --model "old=$T/other/m.safetensors" --log "$T/log"
ask "$url/predict" -d "$row"
is "$(jq -r '[.model, .version, .digest] | join(" ")' "$T/out")" "house-price unreleased $db" 'the first is the default'
ask "$url/models/old/predict" -d "$row"
is "$(jq -r '[.model, .version, .digest] | join(" ")' "$T/out")" "old v7 $da" 'another by its name'
is "$(header X-Model-Version)" v7 'also in the header'
ask "$url/models/house-price/predict" -d "$row"
is "$(jq -r .digest "$T/out")" "$db" 'the default has a name, too'
ask "$url/models/older/predict" -d "$row"
is "$status_code $(cat "$T/out")" '404 {"error":"no model \"older\" is served (there are house-price, old)"}' 'an unknown name'
ask "$url/models/old/"
ok 'each has its page' grep -q '<h1>old</h1>' "$T/out"
logged() { [ "$(wc -l <"$T/log")" -eq 3 ]; }
ok 'three lines are in the log' wait_for 5 logged
is "$(jq -r .model "$T/log" | tr '\n' ' ')" 'house-price old house-price ' 'which name the models'
is "$(metric 'prediction_latency_seconds_count{model="old"}')" 1 'each is timed apart'
is "$(metric 'request_count_total{route="/models/{model}/predict",code="200"}')" 2 'requests are counted by route'
ask "$url/models"
is "$status_code" 404 'changing models is not for everybody'
ask "$url/models/old/reload" -X POST
is "$status_code" 404 'in no way'

# a reload reads what has changed, and only that
cp "$T/b.safetensors" "$T/other/next" && mv "$T/other/next" "$T/other/m.safetensors"
kill -HUP "$pid"
ok 'release.json must describe the file' wait_for 5 grep -q "old: the model stays as it was: $T/other/release.json: .*the file is $db, and it must be $da" "$T/one.err"
ok 'the other file has not changed' grep -q "house-price: $m has not changed" "$T/one.err"
echo '{"model":"house-price","version":"v8"}' >"$T/other/release.json"
kill -HUP "$pid"
ok 'a new release.json is a change' wait_for 5 grep -q "now serving old v8 ($db)" "$T/one.err"
kill "$pid"; ended "$pid"
is "$code" 0 'SIGTERM'

# watch: a file that is renamed into place, one that is written in place, one that is bad
serve two --watch
cp "$T/a.safetensors" "$T/model/next" && mv "$T/model/next" "$m"
ok 'a renamed file is noticed' wait_for 5 grep -q "now serving house-price unreleased ($da)" "$T/two.err"
head -c 3000 "$T/b.safetensors" >"$m"
ok 'a bad one is reported' wait_for 5 grep -q 'house-price: the model stays as it was: ' "$T/two.err"
ask "$url/predict" -d "$row"
is "$status_code $(jq -r .digest "$T/out")" "200 $da" 'and the old one answers, though its file was overwritten'
cp "$T/b.safetensors" "$m"
ok 'a file copied in place is noticed' wait_for 5 grep -q "now serving house-price unreleased ($db)" "$T/two.err"
is "$(grep -c 'stays as it was' "$T/two.err")" 1 'one warning for one bad file'
rm "$m"
ok 'a file that is gone is reported' wait_for 5 grep -q "stays as it was: $m: No such file" "$T/two.err"
ask "$url/predict" -d "$row"
is "$status_code" 200 'and the model stays'
kill "$pid"; ended "$pid"
cp "$T/b.safetensors" "$m"

serve three --digest "$db"
cp "$T/a.safetensors" "$T/model/next" && mv "$T/model/next" "$m"
kill -HUP "$pid"
ok 'a digest forbids another file' wait_for 5 grep -q "the file is $da, and it must be $db" "$T/three.err"
kill "$pid"; ended "$pid"

# refused PATTERN WHAT options...: it does not start
refused() {
	pattern=$1 what=$2; shift 2
	run rai-serve --listen 127.0.0.1:0 "$@"
	status 2 "$what"
	stderr_has "$pattern" 'says so'
}
refused "it must be $db" 'another file than the digest' --model "$m" --digest "$db"
refused 'must be "sha256:" and 64 digits' 'what is no digest' --model "$m" --digest sha256:12
refused 'which of the models' 'a digest of any model' --model "$m" --model "b=$T/b.safetensors" --digest "$db"
refused 'there is no --model c=FILE' 'a digest of none' --model "$m" --digest "c=$db"
refused 'the model has one already' 'two digests' --model "$m" --digest "$db" --digest "$da"
refused 'two models have the name "house-price"' 'two of one name' --model "$m" --model "$T/b.safetensors"
refused 'is the version of one model' 'one version of two models' --model "$m" --model "b=$T/b.safetensors" --release v1
refused 'no file is named' 'a name without a file' --model b=
refused '--digest allows none' 'a watch that waits for nothing' --model "$m" --digest "$da" --watch
refused 'give one of them' 'a token that is not asked for' --model "$m" --public --token env:HOME
