#!/bin/sh
# Plan, bring up, nothing to do the second time, stop.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
gitops w
port=$(free_port)

sync -n
status 1 'a plan with differences'
stdout_has 'create   Deployment/house-price-api: 3 replicas of oci:.rai/images/house-price:model-v' 'names what it would make'
stdout_has 'not applied here: Deployment/house-price-api spec.template.spec.securityContext (manifests/deployment.yaml:' 'and what means nothing here'
stdout_has 'ignored: Namespace/house-price (manifests/namespace.yaml:1)' 'and what is of another kind'
ok 'a plan makes nothing' test ! -e "$T/state"
sync -n --json
is "$(jq -r '.type, (.data.plan | length > 3)' "$T/out" | tr '\n' ' ')" 'ai.reconciled.deployment.outofsync.v1 true ' 'as an event, too'

sync --once
status 0 'three replicas are brought up'
stderr '' 'without a word on stderr'
is "$(jq -c '[.type, .subject, .data.replicas.wanted, .data.replicas.ready, .data.deployment]' "$T/out")" \
	'["ai.reconciled.deployment.synced.v1","house-price",3,3,"house-price-api"]' 'and reported'
is "$(jq -r .data.revision "$T/out")" "$(git -C "$repo" rev-parse main)" 'with the commit'
is "$(jq -r .correlationid "$T/out")" "$(jq -r .correlationid "$T/released.json")" 'and the incident of its trailers'
is "$(jq -c '[.data.resources[] | select(.kind == "Replica") | .action]' "$T/out")" '["create","create","create"]' 'each replica was made'
echo "# commit to serving: $(jq .data.duration_ms "$T/out") ms"
is "$(alive)" 3 'three processes live on without rai-sync'
ok 'the port answers' ask /readyz
first=$(pids)
for p in $(pids); do
	tr '\0' '\n' <"/proc/$p/environ" | grep -e '^POD_NAME=' -e '^RAI_IMAGE_ROOT=' -e '^LISTEN_FD'
done | sort >"$T/env"
is "$(grep -c '^POD_NAME=house-price-api-[0-9a-f]\{8\}-[012]$' "$T/env")" 3 'each knows its name'
is "$(grep '^LISTEN_FD' "$T/env" | sort -u | tr '\n' ' ')" 'LISTEN_FDNAMES=http:probe LISTEN_FDS=2 ' 'and its sockets'
image=$(jq -r .data.image "$T/released.json")
is "$(grep -c "^RAI_IMAGE_ROOT=$T/state/images/${image##*:}$" "$T/env")" 3 'and where the image lies'
ok 'each replica answers on its own socket' sh -c "for f in '$T'/state/replicas/*.json; do
	curl -sf \"http://127.0.0.1:\$(jq .probe_port \$f)/readyz\" || exit 1; done"

sync --once
status 0 'the second time'
is "$(jq -c '[.data.resources[].action] | unique' "$T/out")" '["none"]' 'no step is made'
is "$(pids)" "$first" 'the processes are the same'
sync -n
status 0 'nor planned'
kill -9 $(pids | head -1)
sync -n
status 1 'one that was killed is seen'
stdout_has 'its process is gone' 'and named'
printf '{"specversion":"1.0","id":"01E","source":"/rai/tag","type":"ai.reconciled.model.released.v1","correlationid":"incident-1"}' >"$T/event"
sync --once - <"$T/event"
status 0 'started again, because of an event'
is "$(jq -r '.correlationid, .causationid' "$T/out" | tr '\n' ' ')" 'incident-1 01E ' 'an event on stdin is the cause'
is "$(jq -c '[.data.resources[] | select(.action != "none") | .action]' "$T/out")" '["restart"]' 'what was gone is started again'

edit deployment.yaml 's/replicas: 3/replicas: 1/'
sync --once
is "$code $(alive)" '0 1' 'scaled down by a commit'
edit deployment.yaml '0,/name: house-price-api/s//name: other-api/'
sync --once
is "$code $(alive)" '0 1' 'a Deployment that takes the place of another'
is "$(jq -r '[.type, .data.deployment, .data.replicas.wanted] | join(" ")' "$T/out" | sed 's/.*deployment.//' | sort | tr '\n' ' ')" \
	'synced.v1 house-price-api 0 synced.v1 other-api 1 ' 'the one that is no longer in Git ends'
is "$(ls "$T/state/live")" deployment-other-api.json 'with its live object'
git -C "$repo" rm -q manifests/service.yaml && git -C "$repo" commit -q -m 'No service'
run rai-sync --repo "$repo" --state "$T/state"
is "$code $(alive)" '0 1' 'a Deployment without a Service'
is "$(tr '\0' '\n' <"/proc/$(pids)/environ" | grep LISTEN_FDN)" LISTEN_FDNAMES=probe 'has its own socket only'

run rai-sync --stop --state "$T/state"
status 0 'stopped'
is "$(ls "$T/state/replicas" "$T/state/live" | grep -c json)" 0 'no record is left'
ok 'no process either' sh -c "! grep -alz 'RAI_REPLICA_OF=$T/state' /proc/[0-9]*/environ 2>/dev/null | grep -q ."
run rai-sync --repo "$repo" --state "$T/state" -n
status 1 'all is to be made again'
run rai-sync --stop --state "$T/nothing"
status 0 'nothing to stop is fine'
plan $tap_n
