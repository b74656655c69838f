#!/bin/sh
# rai-sync dies and comes back: replicas go on and are taken over, with their socket.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
gitops w
port=$(free_port)
watch
ok 'brought up' wait_for 10 seen synced
before=$(pids)
python3 cmd/rai-sync/t/load.py "$port" "$T/stop" >"$T/load" 2>"$T/load.err" &
load=$!
kill -9 "$watcher"; wait "$watcher" 2>/dev/null
ok 'the port answers without it' ask /readyz
watch
ok 'a new one comes' wait_for 10 seen synced
is "$(pids)" "$before" 'and takes the replicas over'
is "$(jq -c '[.data.resources[].action] | unique' "$T/events")" '["none"]' 'without a step'
kill -9 "$(pids | head -1)"
ok 'it heals those that are not its children' wait_for 5 seen healed
edit deployment.yaml 's/prometheus.io\/path: .*/prometheus.io\/path: \/m/'
ok 'and rolls on the same socket' wait_for 10 seen synced 2
is "$(pids | grep -cxF "$before")" 0 'all are new'

run rai-sync --repo "$repo" --state "$T/state" --port-map 80="$port"
status 75 'a second rai-sync on the folder'
stderr_has "another rai-sync (process $watcher) keeps this folder" 'is told who keeps it'
sync --wait
is "$code $(jq -r .type "$T/out")" '0 ai.reconciled.deployment.synced.v1' '--wait has its word'

kill -9 "$watcher"; wait "$watcher" 2>/dev/null
sed -i 's/"pid":[0-9]*/"pid":1/' "$(ls "$T"/state/replicas/*.json | head -1)"
rm "$(ls "$T"/state/replicas/*.json | tail -1)"
sync --once
status 0 'records spoilt while nobody looked'
is "$(alive)" 3 'three replicas'
is "$(grep -alz "RAI_REPLICA_OF=$T/state" /proc/[0-9]*/environ 2>/dev/null | grep -c .)" 3 'and no stray process'
ok 'the port answers' ask /readyz
touch "$T/stop"; wait "$load"
read -r requests failed <"$T/load"
echo "# $requests requests, $failed failed"
note <"$T/load.err"
ok 'only what a killed replica had open failed' test "$failed" -le 8
ok 'there was load' test "$requests" -gt 100

watch --leave
ok 'a watch that leaves' wait_for 10 seen synced
kill -TERM "$watcher"; wait "$watcher"; watcher=
is "$(alive)" 3 'leaves three replicas'
watch
ok 'a watch again' wait_for 10 seen synced
run rai-sync --stop --state "$T/state"
status 0 '--stop ends the watch as well'
wait "$watcher"; watcher=
is "$(grep -alz "RAI_REPLICA_OF=$T/state" /proc/[0-9]*/environ 2>/dev/null | grep -c .)" 0 'nothing is left'
ok 'the port is released' python3 -c "
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $port)); s.listen()"
plan $tap_n
