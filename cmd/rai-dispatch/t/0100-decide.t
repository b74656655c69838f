#!/bin/sh
# Alerts in, one decision each out; a local command as the target.
. ci/tap.sh
. cmd/rai-dispatch/t/lib.sh
plan 46

fresh
conf '' "command: [sh, -c, 'cat >stdin.json; env >env.txt; echo 1 >>runs; echo to-stderr; cat event.json']"
drift CHILD cc 2026-11-23T10:00:11Z >event.json
drift E1 aa 2026-11-23T10:00:00Z >in
run rai-dispatch -n --now $NOW <in
status 0 'dry run: would dispatch'
is "$(jq -c '[.data.dry_run, .data.request[0]]' "$T/out")" '[true,"sh"]' 'and says what'
is "$(git -C ../origin.git for-each-ref | wc -l)" 0 'and claims nothing'
run rai-dispatch --now $NOW <in
status 0 'drift that advises a retrain is dispatched'
answers 'retrain.dispatched drift.detected' 'the event first, then the event of the command'
stderr 'to-stderr' 'other lines of the command go to stderr'
is "$(head -1 "$T/out")" "$(cat stdin.json)" 'the command reads the event'
is "$(jq -c '[.correlationid,.causationid,.subject,.data.attempt,.data.oversight]' stdin.json)" '["INC-E1","E1","house-price",1,"automatic"]' 'incident and cause are carried'
key=$(jq -r .data.cause_key stdin.json)
is "$(grep -E '^RAI_(MODEL|CAUSE_KEY|CORRELATION_ID|CAUSATION_ID|OVERSIGHT)=' env.txt | sort)" "RAI_CAUSATION_ID=$(jq -r .id stdin.json)
RAI_CAUSE_KEY=$key
RAI_CORRELATION_ID=INC-E1
RAI_MODEL=house-price
RAI_OVERSIGHT=automatic" 'and so is the environment'
is "$(state)" done 'the claim says done'
is "$(git -C ../origin.git log --format=%B "refs/rai/claims/$key" | jq -r .state | paste -sd' ')" 'done dispatched claimed' 'its history is the history of the cause'
is "$(jq -r .data.claim.commit stdin.json)" "$(git -C ../origin.git rev-parse "refs/rai/claims/$key~1")" 'the event names its commit'
cp "$T/out" first
run rai-dispatch --now $NOW <in
status 1 'the same alert again is suppressed'
answers retrain.suppressed:already 'with the reason'
drift E2 aa 2026-11-23T10:00:05Z >"$T/in"; run rai-dispatch --now 2026-11-23T10:00:30Z <"$T/in"
answers retrain.suppressed:already 'another replica: other event, same cause'
is "$(jq -r .data.cause_key "$T/out")" "$key" 'and the same key'
drift E3 aa 2026-11-23T10:00:20Z >"$T/in"; run rai-dispatch --now 2026-11-23T10:00:30Z <"$T/in"
answers retrain.suppressed:cool-down 'raised after the retrain: the cool-down'
is "$(jq -r .data.cause_key "$T/out")" "$key.2" 'a second attempt at most'
is "$(jq -r .data.next_at "$T/out")" 2026-11-23T16:00:10Z 'and says from when'
is "$(wc -l <runs)" 1 'one run in all'

fresh
conf '' 'command: ["true"]'
{ drift A aa 2026-11-23T10:00:00Z drift.cleared
  drift B aa 2026-11-23T10:00:00Z input.broken fix-input
  drift C aa 2026-11-23T10:00:00Z evidence.insufficient wait
  drift D aa 2026-11-23T10:00:00Z drift.detected get-labels
  drift E aa 2026-11-23T10:00:00Z model.trained; } >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
status 1 'nothing to act on'
answers 'retrain.suppressed:resolved retrain.suppressed:advice retrain.suppressed:advice retrain.suppressed:advice retrain.suppressed:nothing' 'each alert with its reason'
is "$(git -C ../origin.git for-each-ref | wc -l)" 0 'without a claim'
run rai-dispatch --no-fail </dev/null
status 0 '--no-fail: no alert, no failure'
run rai-dispatch </dev/null
status 1 'no alert: nothing dispatched'

printf '{"specversion":"1.0","id":"1","source":"/w","type":"a.b","data":{"model":"house-price"}}\n{"specversion":"1.0","id":"2","source":"/w","type":"a.b"}\n{"specversion":"1.0","id":"3","source":"/w","type":"a.b","subject":"churn"}\n' >in
run rai-dispatch --now $NOW <in
answers 'retrain.dispatched retrain.suppressed:nothing retrain.suppressed:nothing' 'a foreign event must name a model of ours'
stdout_has 'no model \"churn\"' 'the unknown model is named'

# Alertmanager
fresh
conf 'cooldown: 0, budget: 9/day, stop_after_unhelpful: 0' 'command: ["true"]'
body "$(am resolved 0f 2026-11-23T09:00:00Z),$(am firing 1f 2026-11-23T09:30:00.5Z)" >in
run rai-dispatch --now $NOW <in
status 0 'a mixed group'
answers 'retrain.suppressed:resolved retrain.dispatched' 'is decided on alert by alert'
is "$(jq -c 'select(.data.attempt)|.data.alert|[.source,.id,.name,.summary,.time]' "$T/out" | tail -1)" '["alertmanager","1f 2026-11-23T09:30:00.5Z","LowAccuracy","below 0.8","2026-11-23T09:30:00.500Z"]' 'in normal form'
run rai-dispatch --now 2026-11-24T10:00:00Z <in
answers 'retrain.suppressed:resolved retrain.suppressed:already' 'the repetition of an alert starts nothing, a day later either'
jq . in >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
answers 'retrain.suppressed:resolved retrain.suppressed:already' 'a body over several lines'
body "$(am firing 1f 2026-11-23T09:40:00Z)" >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
answers retrain.dispatched 'the same labels firing anew: another cause'
body "$(am firing 2f 2026-11-23T09:40:00Z ',"model":"churn"')" >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
answers retrain.suppressed:nothing 'an alert on another model'
body "$(am firing 3f 2026-11-23T09:40:00Z ',"advice":"get-labels"')" >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
answers retrain.suppressed:advice 'a label may advise'
body '' | jq -c '.truncatedAlerts = 2' >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
stderr_has 'left out 2 more alerts' 'a truncated group is mentioned'
printf '{"groupKey":"g","alerts":[]}' >"$T/in"; run rai-dispatch <"$T/in"
status 2 'a webhook without version is refused'
stderr_has 'stdin:1: Alertmanager webhook: "version" is missing' 'with the place'

# oversight
fresh; conf '' 'command: [sh, -c, "echo $RAI_OVERSIGHT >&2"]' approve
drift E1 aa 2026-11-23T10:00:00Z >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
stderr approve 'approve: the command is told'
conf '' 'command: ["true"]' propose
drift E2 bb 2026-11-23T10:00:00Z >"$T/in"; run rai-dispatch --now $NOW <"$T/in"
status 1 'propose: nothing is started'
answers retrain.proposed 'it is proposed'

# a stream is answered line by line, and the remote may be the repository itself
fresh; conf '' 'command: ["true"]'
mkfifo "$T/pipe"
rai-dispatch --remote - --now $NOW <"$T/pipe" >"$T/stream" &
pid=$!
exec 9>"$T/pipe"
drift E1 aa 2026-11-23T10:00:00Z >&9
ok 'the answer comes while the stream is open' wait_for 10 grep -q retrain.dispatched "$T/stream"
exec 9>&-
wait $pid
is $? 0 'and the stream ends well'
is "$(git for-each-ref --format='%(refname)' | grep -c '^refs/rai/claims/house-price\.')" 1 'the claim is in the repository itself'

# every alert at once, many dispatchers
fresh
conf '' "command: [sh, -c, 'echo 1 >>runs']"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	drift "E$i" aa 2026-11-23T10:00:00Z >"in$i"
	[ $((i % 4)) != 0 ] || body "$(am firing "f$i" 2026-11-23T09:40:00Z)" >"in$i"
done
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	rai-dispatch <"in$i" >"out$i" 2>"err$i" & pids="${pids:-} $!"
done
for p in $pids; do wait "$p"; echo $? >>codes; done
is "$(cat out* | grep -c retrain.dispatched) $(wc -l <runs)" '1 1' '20 dispatchers, two kinds of sender, at once: one retrain'
is "$(sort codes | uniq -c | tr -s ' ' | paste -sd,)" ' 1 0, 19 1' 'one says yes, 19 say no'
