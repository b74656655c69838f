#!/bin/sh
# Pairs and remembered predictions outlive the process, however it ends, and count once.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
run rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 --state "$T/nowhere"
status 2 'a folder that is not there is an error'
stderr_has "$T/nowhere/house-price.state" 'with its name'
mkdir "$T/state"
m='{model="house-price"}'
predict() { curl -s "$url/predict" -d "$row" >"$1"; }
truth() { jq -c "{id, actual: (.prediction * $2)}" "$1" >"$T/f"; curl -s "$url/feedback" -d "@$T/f"; }
serve one --state "$T/state"
predict "$T/p1"; predict "$T/p2"; predict "$T/p3"
truth "$T/p1" 2 >"$T/out"; truth "$T/p2" 1 >"$T/out"
accuracy=$(metric "model_accuracy$m") rmse=$(metric "rai_rmse$m")
is "$accuracy" 0.75 'two pairs'
is "$rmse" "$(jq '.prediction * .prediction / 2 | sqrt' "$T/p1")" 'their RMSE, in the unit of the target'
run rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 --state "$T/state"
status 2 'two processes with one state are an error'
stderr_has 'another process keeps its state there' 'that says why'
kill -9 "$pid"; ended "$pid"
serve two --state "$T/state"
is "$(metric "model_accuracy$m") $(metric "rai_rmse$m") $(metric "rai_accuracy_pairs$m")" "0.75 $rmse 2" \
	'all pairs are there after kill -9'
is "$(truth "$T/p1" 2)" '{"joined":0,"unknown":0,"repeated":1}' 'none counts twice'
is "$(truth "$T/p3" 1)" '{"joined":1,"unknown":0,"repeated":0}' 'what has no truth yet can get it'
is "$(metric 'rai_remembered_predictions{model="house-price",age="0-1h",truth="yes"}')" 3 'coverage: with truth'
is "$(metric 'rai_remembered_predictions{model="house-price",age="0-1h",truth="no"}')" 0 'and without'
is "$(metric 'rai_feedback_delay_seconds_count{model="house-price"}')" 1 'delays begin with the process'
cp "$T/model/model.safetensors" "$T/copy" && mv "$T/copy" "$T/model/model.safetensors"
kill -HUP "$pid"; wait_for 10 grep -qE 'now serving|still' "$T/two.err"
is "$(metric "rai_accuracy_pairs$m")" 3 'a model that is read again keeps them'
kill "$pid"; ended "$pid"
serve three --state "$T/state" --window 2
is "$(metric "model_accuracy$m") $(metric "rai_accuracy_pairs$m")" '1 2' 'a smaller window keeps the latest'
kill "$pid"; ended "$pid"

# a model of another target under the same name has made none of these pairs
kept=$T/state/house-price.state
cp "$kept" "$T/pairs"
cp "$T/model/model.safetensors" "$T/price"
mkdir "$T/distance" && cd "$T/distance" || exit 1
cp ../train.1/data.csv . && sed 's/column: Price/column: Landsize/; s/, Landsize\]/]/' ../train.1/rai.yaml >rai.yaml
rai-train -c rai.yaml >event.json 2>train.log || note <train.log
cp "$(jq -r .data.artifact event.json)" "$T/model/model.safetensors"
cd "$top" || exit 1
serve other --state "$T/state"
is "$(metric "rai_accuracy_pairs$m")" 0 'another target: accuracy begins anew'
kill "$pid"; ended "$pid"
is "$(grep -c 'house-price: the pairs that were kept are not of "Landsize": accuracy begins anew' "$T/other.err")" 1 'one warning'
serve again --state "$T/state"
kill "$pid"; ended "$pid"
is "$(grep -c 'begins anew' "$T/again.err")" 0 'and no other'
cp "$T/price" "$T/model/model.safetensors"
cp "$T/pairs" "$kept"
head -c 8 /dev/zero | dd of="$kept" bs=8 seek=5 conv=notrunc 2>"$T/dd" # where earlier versions had nothing
serve earlier --state "$T/state" --window 2
is "$(metric "rai_accuracy_pairs$m") $(grep -c 'begins anew' "$T/earlier.err")" '2 0' \
	'a state that does not say its target is read as it is'
kill "$pid"; ended "$pid"

# the dashboard's windows: what had been counted goes on, and stays also when the next is killed at once
drift_of() { curl -s "$url/dashboard" | sed -n "s/.*<bdi>$1<\/bdi>.*<td>\([0-9]*\)<\/td><td>[^<]*<\/td><\/tr>$/\1/p"; }
d=$T/state/house-price.drift
[ -s "$d" ]; is $? 0 'the end has kept what was counted'
rm "$d"
serve four --state "$T/state"
live_rows 150 3
curl -s "$url/predict" -d "@$T/live" >"$T/out"
before=$(drift_of Rooms)
[ "$before" -ge 100 ]; is $? 0 "values of Rooms: $before"
kill "$pid"; ended "$pid"
serve five --state "$T/state"
is "$(drift_of Rooms)" "$before" 'the next process shows them'
curl -s "$url/predict" -d "$row" >"$T/out"
is "$(drift_of Rooms)" $((before + 1)) 'and counts on'
cp "$d" "$T/kept"
kill -9 "$pid"; ended "$pid"
cmp "$d" "$T/kept" >"$T/out"; is $? 0 'a process that is killed leaves the file whole'
serve six --state "$T/state"
is "$(drift_of Rooms)" "$before" 'from which the next goes on'
mv "$T/state" "$T/elsewhere"
kill "$pid"; ended "$pid"
is "$code" 0 'the end'
grep -q "drift and the history would not outlive the process: $d" "$T/six.err"; is $? 0 'a file that cannot be written is said'
mv "$T/elsewhere" "$T/state"
head -c 20 "$T/kept" >"$d"
run rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 --state "$T/state"
status 2 'a file that is none is an error'
stderr_has "$d: is no state of rai-serve" 'with its name'
rm "$d"

# pairs that somebody has cut are not thrown away as if there were none
s=$T/state/house-price.state
whole=$(wc -c <"$s")
for cut in 1 32 4096 $((whole - 1000000)); do
	cp "$s" "$T/pairs"
	truncate -s $((whole - cut)) "$s"
	cp "$s" "$T/cut"
	run rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 --state "$T/state"
	status 2 "a state without its last bytes ($cut) is an error"
	stderr_has "$s: is not whole: a file of $((whole - cut)) bytes was never written by rai-serve (move it away to begin anew)" 'that says what to do'
	cmp "$s" "$T/cut" >"$T/out"; is $? 0 'and changes nothing'
	mv "$T/pairs" "$s"
done
serve seven --state "$T/state"
[ "$(metric "rai_accuracy_pairs$m")" -ge 2 ]; is $? 0 'as it was, it goes on'
kill "$pid"; ended "$pid"
head -c 64 /dev/zero >"$s"
serve eight --state "$T/state"
is "$(metric "rai_accuracy_pairs$m")" 0 'one that was hardly begun is begun anew'
kill "$pid"; ended "$pid"

# the same file read again is the same model to the dashboard
serve nine --admin "$T/admin"
curl -s "$url/predict" -d "@$T/live" >"$T/out"
before=$(drift_of Rooms)
ask --unix-socket "$T/admin" http://rai/models/house-price/reload -X POST
is "$status_code $(drift_of Rooms)" "200 $before" 'a model that is read again keeps its windows'
curl -s "$url/predict" -d "$row" >"$T/out"
is "$(drift_of Rooms)" $((before + 1)) 'and counts on'
is "$(curl -s "$url/metrics" | grep -F 'rai_feature_observations_total{model="house-price",feature="Rooms"' | awk '{ s += $2 } END { print s }')" 1 \
	'beside counters that begin at 0'
