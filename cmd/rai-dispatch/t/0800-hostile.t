#!/bin/sh
# Wrong input, wrong configuration, a remote that is gone, a command that fails.
. ci/tap.sh
. cmd/rai-dispatch/t/lib.sh
plan 45

fresh
conf '' 'command: ["true"]'
drift E1 aa 2026-11-23T10:00:00Z >good
{ echo '{"specversion":"1.0",'; cat good; echo 'no json'; echo '{"x":1}'; } >in
run rai-dispatch --now $NOW <in
status 2 'bad lines are counted'
answers retrain.dispatched 'the good line between them is acted on'
stderr_has 'stdin:1: the JSON document is not complete' 'a line cut short'
stderr_has 'stdin:3: ' 'a line that is no JSON'
stderr_has 'stdin:4: neither a CloudEvent' 'a document of another kind'
printf '{"specversion":"1.0","id":"a\n' >in; run rai-dispatch <in
status 2 'a string that is not closed'
stdout '' 'nothing on stdout'
printf '{"specversion":"1.0","id":"a"' >in; run rai-dispatch <in
stderr_has 'stdin:1: the JSON document is not complete' 'the end in the middle'
printf '\377\376{}\n' >in; run rai-dispatch <in
status 2 'bytes that are no UTF-8'
printf '{"specversion":"1.0","id":"","source":"s","type":"t"}\n' >in; run rai-dispatch <in
stderr_has 'stdin:1: not a CloudEvent: "id" is empty' 'an empty attribute is named'
body "$(am perhaps 1f 2026-11-23T09:00:00Z)" >in; run rai-dispatch <in
stderr_has 'alerts[0]: "status" is "perhaps"' 'a wrong status is named'
body "$(am firing 1f yesterday)" >in; run rai-dispatch <in
stderr_has 'alerts[0]: "startsAt" is not RFC 3339: "yesterday"' 'a wrong time is named'

run rai-dispatch --nope; status 2 'unknown option'
run rai-dispatch file; status 2 'an operand'
stderr_has 'alerts come on stdin' 'says where alerts come from'
run rai-dispatch -c none.yaml <good; status 2 'no configuration'
run rai-dispatch -m churn <good; status 2 'unknown model'
stderr_has 'no model "churn" (it holds: house-price)' 'says which there are'
run rai-dispatch -r / <good; status 2 'not a repository'
run rai-dispatch --remote elsewhere <good; status 2 'no such remote'
stdout '' 'nothing on stdout'
printf 'version: 1\nmodels:\n  house-price:\n    dispatch: { cooldwon: 6h }\n' >bad.yaml
run rai-dispatch -c bad.yaml <good; status 2 'a misspelt key'
stderr_has 'bad.yaml:4:' 'has its place'
printf 'version: 1\nmodels:\n  house-price:\n    target: { column: Price }\n' >bad.yaml
drift E9 zz 2026-11-23T10:00:00Z >in; run rai-dispatch -c bad.yaml --now $NOW <in
status 2 'no target'
stderr_has 'models.house-price.dispatch.to: names neither github nor a command' 'is said'

# the remote is gone: later
fresh
conf '' "command: [sh, -c, 'echo 1 >>runs']"
mv ../origin.git ../gone
run rai-dispatch --now $NOW <../work/rai.yaml; status 2 'YAML is no alert'
drift E1 aa 2026-11-23T10:00:00Z >good
run rai-dispatch --now $NOW <good; status 75 'an unreachable remote'
stderr_has 'cannot be reached' 'is said'
stdout '' 'nothing on stdout'
ok 'nothing was run' test ! -e runs
mv ../gone ../origin.git
run rai-dispatch --now $NOW <good; status 0 'back again: dispatched'

# commands that fail
fresh
conf 'cooldown: 1h, stop_after_unhelpful: 2, budget: 3/day' "command: [sh, -c, 'exit \$(cat code)']"
echo 1 >code
drift E1 aa 2026-11-23T10:00:00Z >in; run rai-dispatch --now 2026-11-23T10:00:00Z <in
status 1 'the command says no'
answers 'retrain.dispatched retrain.failed' 'which is an event'
is "$(state)" rejected 'and in the claim'
echo 75 >code
drift E2 bb 2026-11-23T11:00:00Z >in; run rai-dispatch --now 2026-11-23T11:00:00Z <in
status 75 'the command asks to be run again'
echo 3 >code
drift E3 bb 2026-11-23T11:02:00Z >in; run rai-dispatch --now 2026-11-23T11:02:00Z <in
answers 'retrain.dispatched retrain.failed' 'it is'
is "$(jq -r 'select(.data.status).data.status' "$T/out") $(state)" '3 failed rejected' 'and has failed'
echo 0 >code
drift E4 bb 2026-11-23T12:30:00Z >in; run rai-dispatch --now 2026-11-23T12:30:00Z <in
answers retrain.suppressed:breaker 'two that did not help: the breaker'
drift E5 bb 2026-11-29T12:30:00Z >in; run rai-dispatch --now 2026-11-29T12:30:00Z <in
answers retrain.suppressed:breaker 'it stays'
git push -q origin --delete refs/rai/claims/house-price
run rai-dispatch --now 2026-11-29T12:30:00Z <in
answers retrain.dispatched 'until a person lets it go'
conf 'cooldown: 0, stop_after_unhelpful: 0, budget: 1/day' 'command: ["true"]'
drift E6 cc 2026-11-29T13:30:00Z >in; run rai-dispatch --now 2026-11-29T13:30:00Z <in
answers retrain.suppressed:budget 'the budget'
is "$(jq -r .data.next_at "$T/out")" 2026-11-30T12:30:00Z 'and when it is there again'
fresh; conf '' 'command: [no-such-program]'
drift E1 aa 2026-11-23T10:00:00Z >in; run rai-dispatch --now $NOW <in
is "$code $(jq -r 'select(.data.status).data.status' "$T/out")" '1 127' 'a program that is not there'

# a signal ends the command too
fresh
conf '' "command: [sh, -c, 'echo \$\$ >pid; exec sleep 100']"
drift E1 aa 2026-11-23T10:00:00Z >in
rai-dispatch <in >"$T/out" 2>"$T/err" & pid=$!
wait_for 10 test -s pid
kill -TERM $pid; wait $pid
is "$? $(state)" '2 failed' 'SIGTERM: recorded as failed'
ok 'and the command is gone' sh -c 'test -s pid && ! kill -0 $(cat pid) 2>/dev/null'
