#!/bin/sh
# A log whose rows went partly to a canary, by a column: what came in is judged, whoever answered.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
train_depth 1 "$T/canary.safetensors"
live_rows 600 3
drift() { run rai-drift --model "$T/model/model.safetensors" --window 600 --sustain 1 --now 2026-11-24T00:00:00Z "$@"; }
# psi FEATURE: as rai-drift says it; seen FEATURE: as the server's dashboard does
psi() { awk -v name="rai_drift_psi{model=\"house-price\",feature=\"$1\"}" 'index($0, name) == 1 { printf "%.3f", $NF }' "$T/prom"; }
seen() { curl -s "$url/dashboard" | tr '<' '\n' | awk -v name="bdi>$1" '$0 == name { on = 1 } on && /^td>/ { print substr($0, 4); exit }'; }
rows_by() { metric "rai_challenger_rows_total{model=\"house-price\",by=\"$1\"}"; }
all_mirrored() { [ "$(metric 'rai_challenger_mirrored_total{model="house-price",outcome="scored"}')" = "$(rows_by challenger)" ]; }

# the key has three categories; the first share that gives some of them to the canary, but not all
for share in 0.5 0.35 0.65 0.2 0.8; do
	rm -f "$T/log"
	serve one --canary "$T/canary.safetensors" --canary-key Type --canary-share "$share" --events "$T/events" --log "$T/log"
	live
	[ "$(rows_by challenger)" = 0 ] || [ "$(rows_by champion)" = 0 ] || break
	kill "$pid"; ended "$pid"
done
wait_for 10 all_mirrored
n=$(rows_by challenger)
ok "a canary answered some of the categories ($n of 600 rows)" test "$n" -gt 0 -a "$n" -lt 600
type=$(seen Type); distance=$(seen Distance); says=$(seen '(the prediction)')
kill "$pid"; ended "$pid"
drift --textfile "$T/prom" "$T/log"
status 0 'no drift where nothing moved'
stderr '' 'and nothing to complain about'
is "$(psi Type) $(psi Distance)" "$type $distance" 'the key and another column are as the server has counted them'

# what the model says of those rows is what it said when it predicted them again
jq -c 'select(.type == "mirrored") | {id, says: .prediction}' "$T/log" >"$T/again"
jq -c --slurpfile again "$T/again" '(reduce $again[] as $a ({}; .[$a.id] = $a.says)) as $says |
	if .role == "canary" then .prediction = $says[.id] else . end | del(.role) | select(.type != "mirrored")' "$T/log" |
	sed "s/$(digest_of "$T/canary.safetensors")/$(digest_of "$T/model/model.safetensors")/" >"$T/alone"
columns() { drift --table "$1" && grep '^[A-Z(].* 0\.' "$T/out"; }
columns "$T/log" >"$T/a"; columns "$T/alone" >"$T/b"
is "$(awk '/^\(prediction\)/ { printf "%.3f", $2 }' "$T/a")" "$says" 'the prediction is as the server has counted it'
ok 'as if the model had answered all rows itself' cmp "$T/a" "$T/b"

# true values of the canary's rows say nothing of the model
jq -c 'select(.role == "canary") | .id' "$T/log" >"$T/ids"
accuracy() { awk '/^rai_drift_accuracy{/ { print $NF }' "$T/prom"; }
truths() { jq -c --slurpfile ids "$T/ids" --argjson by "$2" '($ids | map({(.): 1}) | add) as $canary |
	if .type == "feedback" and $canary[.id] then .actual *= $by else . end' "$1"; }
labels=$(grep -c '"feedback"' "$T/log")
truths "$T/log" 1 >"$T/right"; truths "$T/log" 1.2 >"$T/wrong"
drift --window "$labels" --textfile "$T/prom" "$T/right"; right=$(accuracy)
drift --window "$labels" --textfile "$T/prom" "$T/wrong"; wrong=$(accuracy)
ok "there is an accuracy ($right)" test -n "$right"
is "$wrong" "$right" 'and it is of the rows that the model answered'

# under another name, in pieces, of which the second begins with a row of the canary
sed 's/"model":"house-price"/"model":"b"/' "$T/log" >"$T/b.log"
drift --name b --textfile "$T/prom" "$T/b.log"
is "$(psi Type)" "$type" 'a model has the name that its own lines have'
sed '/"role":"canary"/s/"model":"house-price"/"model":"other"/' "$T/log" >"$T/other.log"
drift "$T/other.log"
stderr "rai-drift: $n labels without a prediction" 'rows of a canary beside another model are not its'
first=$(grep -n '"role":"champion"' "$T/b.log" | head -n 1 | cut -d: -f1)
cut=$(awk -v first="$first" 'NR > first && /"role":"canary"/ { print NR; exit }' "$T/b.log")
head -n $((cut - 1)) "$T/b.log" >"$T/grows"
drift --name b --state "$T/state" "$T/grows"
tail -n +"$cut" "$T/b.log" >>"$T/grows"
drift --name b --state "$T/state" --textfile "$T/prom" "$T/grows"
status 0 'in two runs'
is "$(psi Type)" "$type" 'no row is lost between them'

# where values are kept out of the log nobody knows what the model would have said
jq -c 'if .features then .features.Landsize = null | .redacted = ["Landsize"] else . end' "$T/log" >"$T/kept"
drift --table "$T/kept"
status 0 'a redacted feature'
is "$(grep -c '^(prediction) .* not in the log$' "$T/out")" 1 'takes the prediction with it, which the table says'
drift --textfile "$T/prom" "$T/kept"
is "$(psi Type)" "$type" 'but not the key'
