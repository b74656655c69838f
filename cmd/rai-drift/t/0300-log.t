#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
judge() { run rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z "$@"; }

log 0 --rows 1000 >clean.jsonl
log 1000 --rows 1000 --inflate 40 >moved.jsonl
cat clean.jsonl moved.jsonl >all.jsonl
judge clean.jsonl
status 0 'clean'
stdout '' 'nothing to tell'
stderr '' 'nothing to complain'
judge all.jsonl
status 1 'drift'
is "$(field type)" ai.reconciled.drift.detected.v1 'its event'
is "$(field data.version) $(field data.advice)" 'model-v20261123-1 retrain' 'version and advice'
is "$(field data.window.rows) $(field data.window.labelled)" '500 500' 'its window'
is "$(field correlationid)" "$(field id)" 'the first event is the incident'
is "$(field causationid 2>/dev/null)" '' 'and has no cause'
is "$(field time)" 2026-11-24T00:00:00Z 'the time was given'
cp out first
judge all.jsonl
ok 'reading again gives the same bytes' cmp -s out first
judge moved.jsonl clean.jsonl
ok 'operands in another order too' cmp -s out first
judge - <all.jsonl
ok 'and standard input' cmp -s out first

# replicas, labels in a file of their own
grep prediction all.jsonl | awk 'NR % 3 == 1' >a.jsonl
grep prediction all.jsonl | awk 'NR % 3 == 2' >b.jsonl
grep prediction all.jsonl | awk 'NR % 3 == 0' >c.jsonl
grep feedback all.jsonl >labels.jsonl
judge c.jsonl labels.jsonl a.jsonl b.jsonl
ok 'nor does it matter which replica wrote what' cmp -s out first
judge a.jsonl b.jsonl c.jsonl
is "$code" 0 'without labels this drift cannot be seen'

# one incident, its end
log 2000 --rows 1000 >again.jsonl
judge all.jsonl again.jsonl
status 0 'back to normal'
is "$(field type)" ai.reconciled.drift.cleared.v1 'cleared'
is "$(field correlationid)" "$(tail -n 1 first | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')" \
	'the same incident'
{ cat all.jsonl again.jsonl; } >three.jsonl
run sh -c 'cat three.jsonl | rai-drift --model m.safetensors'
is "$(wc -l <out)" 2 'as a stream: found and cleared'
is "$(head -n 1 out | grep -c detected)$(tail -n 1 out | grep -c cleared)" 11 'in that order'

# hostile lines
{ cat clean.jsonl; printf '{"type":"prediction","id":"x'; } >half.jsonl
judge half.jsonl
status 0 'half a last line'
stderr 'rai-drift: the last line is only half written: left out' 'is said'
head -c -1 clean.jsonl >whole.jsonl
judge whole.jsonl
stderr '' 'a last line without its newline is whole'
{ echo 'garbage'; cat clean.jsonl; echo '{"type":"prediction"}'; } >bad.jsonl
judge bad.jsonl
status 0 'corrupt lines'
stderr_has 'rai-drift: 2 of 2002 lines are no log lines; the first: bad.jsonl:1: ' 'are counted and placed'
echo garbage >garbage.jsonl
judge garbage.jsonl
status 2 'nothing but garbage'
stderr_has 'no log line in 1 lines; the first: garbage.jsonl:1: ' 'is no evidence'
stdout '' 'and no event'
head -c 3000000 /dev/zero | tr '\0' x >long.jsonl
{ cat long.jsonl; echo; cat clean.jsonl; } >long2.jsonl
judge long2.jsonl
status 0 'a line of 3 MB'
stderr_has 'longer than' 'is left out'
head -c 40000 /dev/urandom >random.jsonl
judge random.jsonl
status 2 'random bytes'
sed 's/sha256:..../sha256:0000/' all.jsonl >other.jsonl
judge other.jsonl
status 4 'a log of another model is no evidence'
stderr_has '2000 predictions of other models' 'it says so'
judge --any-digest other.jsonl
status 1 'unless it is wanted'
cat all.jsonl all.jsonl >twice.jsonl
judge twice.jsonl
ok 'a log read twice counts once' cmp -s out first
sed 's/"Rooms": [0-9.]*/"Rooms": "many"/' clean.jsonl >text.jsonl
judge text.jsonl
status 3 'text where numbers belong is a broken input'
sed 's/"Rooms": [0-9.]*, //' clean.jsonl >gone.jsonl
judge gone.jsonl
status 3 'so is a feature that is never there'
judge --false-alarm-every 30d clean.jsonl
status 0 'a budget of false alarms'
judge --false-alarm-every 30d all.jsonl
# windows of 500 rows last 4990 s: 519.4 in 30 days; sqrt(1 / 1038.9) = 0.03102
is "$(field data.window.alpha | cut -c1-7)" 0.03102 'decides alpha'
# values that the log keeps to itself are no evidence, and no broken input
jq -c 'if .features then .features.Rooms = null | .redacted = ["Rooms", "Other"] else . end' clean.jsonl >kept.jsonl
judge kept.jsonl
status 0 'a redacted feature does not count as gone'
judge --table kept.jsonl
is "$(grep -c '^Rooms .* not in the log$' "$T/out")" 1 'nor is it judged, which the table says'
