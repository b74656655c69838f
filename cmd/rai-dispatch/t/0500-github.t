#!/bin/sh
# GitHub's repository_dispatch, against a canned server (see github.py).
. ci/tap.sh
. cmd/rai-dispatch/t/lib.sh
command -v python3 >/dev/null || skip_all 'no python3'
plan 39
server=$top/cmd/rai-dispatch/t/github.py
gh_pid=
export GITHUB_TOKEN=secret-token-of-the-test
unset http_proxy HTTP_PROXY
cleanup() { [ -z "$gh_pid" ] || kill "$gh_pid" 2>/dev/null; }

# github answers...: a fresh server, remote and rai.yaml
github() {
	cleanup
	fresh
	rm -rf "$T/gh" && mkdir "$T/gh" && echo '{"total_count":0,"workflow_runs":[]}' >"$T/gh/runs.json"
	python3 "$server" "$T/gh" "$@" & gh_pid=$!
	wait_for 10 test -f "$T/gh/port" || exit 2
	conf 'cooldown: 1h, stop_after_unhelpful: 0' "github: octo/houses, github_api: 'http://127.0.0.1:$(cat "$T/gh/port")'"
	drift E1 aa 2026-11-23T10:00:00Z >in
}
requests() { ls "$T/gh" | grep -c "^request\.[0-9]"; }

github 204
run rai-dispatch -n --now $NOW <in
status 0 'dry run'
is "$(requests)" 0 'sends nothing'
is "$(jq -r .data.request.event_type "$T/out")" model-drift 'and shows the body'
run rai-dispatch --now $NOW <in
status 0 '204: dispatched'
answers retrain.dispatched 'one event'
is "$(state)" dispatched 'the claim says so'
id=$(jq -r .id "$T/out") key=$(jq -r .data.cause_key "$T/out")
printf '%s\n' 'POST /repos/octo/houses/dispatches HTTP/1.1' "Host: 127.0.0.1:$(cat "$T/gh/port")" \
	'Authorization: Bearer secret-token-of-the-test' 'Accept: application/vnd.github+json' \
	'X-GitHub-Api-Version: 2026-03-10' "User-Agent: $(rai-dispatch --version | tr ' ' /)" 'Content-Type: application/json' >want
body='{"event_type":"model-drift","client_payload":{"alert":"drift.detected","metric":"accuracy","value":0.71,"time":"2026-11-23T10:00:00Z","model":"house-price","version":"model-v20261101-1","cause_key":"'$key'","correlation_id":"INC-E1","event_id":"'$id'","oversight":"automatic"}}'
{ cat want; printf 'Content-Length: %s\n\n%s' ${#body} "$body"; } >want.all
ok 'the bytes of the request are those of the contract' cmp want.all "$T/gh/request.1"
is "$(sed '1,/^$/d' "$T/gh/request.1" | jq '.client_payload | length')" 10 'ten members at most'
run rai-dispatch --now $NOW <in
answers retrain.suppressed:already 'the same alert again'
is "$(requests)" 1 'no second call'

github 500 204
run rai-dispatch --now $NOW <in
status 0 '500, then 204: dispatched'
is "$(head -qn1 "$T"/gh/request.* | cut -d' ' -f1 | paste -sd' ')" 'POST GET POST' 'after a look at the runs'
is "$(head -1 "$T/gh/request.2")" 'GET /repos/octo/houses/actions/runs?event=repository_dispatch&per_page=100&created=%3E%3D2026-11-23T10:00:05Z HTTP/1.1' 'those since just before'
is "$(cat "$T"/gh/request.[13] | grep -c '^{"event_type"')" 2 'the body is sent again'

github drop
key=house-price.$(printf 'house-price\nrai-drift\ndigest sha256:aa' | sha256sum | cut -c1-16)
echo '{"workflow_runs":[{"display_title":"retrain '"$key"'.2"},{"display_title":"retrain '"$key"' (drift)"}]}' >"$T/gh/runs.json"
run rai-dispatch --now $NOW <in
status 0 'no answer, but the run is there: dispatched'
is "$(head -qn1 "$T"/gh/request.* | cut -d' ' -f1 | paste -sd' ')" 'POST GET' 'and not sent twice'

github 401
run rai-dispatch --now $NOW <in
status 2 '401: a person must act'
answers retrain.failed 'the failure is an event'
is "$(jq -r .data.status "$T/out")" 401 'with the status'
stderr_has 'octo/houses: the server answered 401: canned (is the token valid?)' 'and a hint'
is "$(requests) $(state)" '1 failed' 'not repeated'
is "$(cat "$T/out" "$T/err" | grep -c secret-token)" 0 'the token is in no message'
github 404
run rai-dispatch --now $NOW <in
stderr_has 'no such repository, or the token may not write to it' '404 has its hint'

github 403:Retry-After=1 204
before=$(date +%s%N)
run rai-dispatch --now $NOW <in
status 0 '403 with Retry-After 1, then 204: dispatched'
ok 'after that second' test $((($(date +%s%N) - before) / 1000000)) -ge 1000
is "$(requests)" 2 'a rate limit was not received: no look'
github 429:Retry-After=7200
run rai-dispatch --now $NOW <in
status 75 'Retry-After beyond the limit: later'
answers retrain.suppressed:unreachable 'with the reason'
is "$(jq -r .data.next_at "$T/out")" 2026-11-23T12:00:10Z 'and the time'
is "$(state)" deferred 'the claim waits'
run rai-dispatch --now 2026-11-23T11:00:00Z <in
answers retrain.suppressed:claimed 'before that time nothing is sent'

github hang
run rai-dispatch --now $NOW --timeout 200ms --retry-for 0 <in
status 75 'time-out: later'
cleanup; rm "$T/gh/port"
python3 "$server" "$T/gh" 204 & gh_pid=$!
wait_for 10 test -f "$T/gh/port"
conf 'cooldown: 1h' "github: octo/houses, github_api: 'http://127.0.0.1:$(cat "$T/gh/port")'"
drift E2 aa 2026-11-23T10:05:00Z >in
run rai-dispatch --now 2026-11-23T10:05:00Z <in
status 0 'the next alert takes the waiting claim up'
is "$(jq -r '.correlationid' "$T/out")" INC-E1 'with the first alert: nothing is lost'

# killed between claim and hand-over: the server has the call, the dispatcher dies
github hang
rai-dispatch <in >"$T/out" 2>&1 & pid=$!
wait_for 10 test -f "$T/gh/request.1"
kill -9 $pid; wait $pid 2>/dev/null
is "$(state)" claimed 'killed: the claim stands'
run rai-dispatch <in
answers retrain.suppressed:claimed 'within the lease nobody touches it'
echo '{"workflow_runs":[{"display_title":"retrain '"$key"'"}]}' >"$T/gh/runs.json"
run rai-dispatch --now "$(date -u -d '+16 min' +%Y-%m-%dT%H:%M:%SZ)" <in
answers retrain.dispatched 'after the lease it is taken over'
is "$(grep -lE '^POST' "$T"/gh/request.* | wc -l) $(state)" '1 dispatched' 'the run was there: not started twice'

unset GITHUB_TOKEN
github 204
run rai-dispatch --now $NOW <in
status 2 'no token'
