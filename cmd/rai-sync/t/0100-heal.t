#!/bin/sh
# Whatever a hand does to what runs is noticed, reported and undone within two seconds.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
gitops w
port=$(free_port)
watch
ok 'brought up' wait_for 10 seen synced
n=0
# heals NAME: the n-th healing has come, in time; call with $start set before the harm
heals() {
	n=$((n + 1))
	if wait_for 5 seen healed $n; then
		took=$(($(ms) - start))
		echo "# $1: healed after $took ms"
		ok "$1: healed within 2 s" test "$took" -le 2000
	else
		fail "$1: healed"
		note <"$T/events"
	fi
	is "$(alive)" 3 "$1: three replicas"
	ok "$1: the port answers" ask /readyz
}

victim=$(pids | head -1)
start=$(ms); kill -9 "$victim"
heals 'one killed'
is "$(last outofsync | jq -r .data.message | sed 's/.*: //')" 'killed by signal 9' 'it was reported'
is "$(last healed | jq -c '[.data.resources[] | select(.action == "restart") | .reason]')" '["killed by signal 9"]' 'with the step'

# another name in the environment of a living process, as a debugger would do it
victim=$(pids | tail -1)
python3 - "$victim" <<'END'
import sys
pid = sys.argv[1]
start = int(open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()[47])
at = open("/proc/%s/environ" % pid, "rb").read().index(b"POD_NAME=")
with open("/proc/%s/mem" % pid, "r+b", 0) as m:
    m.seek(start + at + 9)
    m.write(b"X")
END
ok 'the environment is altered' grep -qaz POD_NAME=X "/proc/$victim/environ"
start=$(ms)
heals 'environment of a running replica edited'
ok 'its process is another' sh -c "! kill -0 $victim 2>/dev/null || grep -q '^State:.Z' /proc/$victim/status"
ok 'said so' sh -c "tail -2 '$T/events' | grep -q 'environment or program was altered'"

start=$(ms); sed -i 's/"replicas": 3/"replicas": 0/' "$T/state/live/deployment-house-price-api.json"
heals 'scaled to zero by hand'
is "$(last outofsync | jq -r .data.message)" 'live object edited by hand: spec.replicas: 3 -> 0' 'the hand is named'
ok 'and the object put back' grep -q '"replicas": 3' "$T/state/live/deployment-house-price-api.json"

start=$(ms); sed -i 's/"value": ""/"value": "\/evil"/' "$T/state/live/deployment-house-price-api.json"
heals 'environment edited in the live object'

record=$(ls "$T"/state/replicas/*.json | head -1)
start=$(ms); sed -i 's/POD_NAME=house/POD_NAME=mouse/' "$record"
heals 'environment edited in the record of a replica'
ok 'the record is put back' grep -q POD_NAME=house "$record"

# a process of ours is replaced by one with another environment, under the recorded number
victim=$(jq .pid "$record")
kill -9 "$victim"
POD_NAME=by-hand sleep 60 &
hand=$!
start=$(ms); sed "s/\"pid\":[0-9]*/\"pid\":$hand/" "$record" >"$T/record" && cat "$T/record" >"$record"
heals 'a replica replaced by hand'
ok 'the record names another process' sh -c "[ \$(jq .pid '$record') != $hand ]"
kill "$hand" 2>/dev/null

start=$(ms); rm "$T"/state/live/*.json
heals 'the live object removed'

start=$(ms); kill -9 $(pids)
heals 'all replicas killed'

kill -STOP "$(pids | head -1)"
start=$(ms); sleep 0.1; kill -9 "$(pids | head -1)"
heals 'one stopped, then killed'

is "$(grep -c . "$T/watch.err")" 0 'nothing on stderr in all that'
start=$(ms); kill -TERM "$watcher"; wait "$watcher"; code=$?; watcher=
status 0 'SIGTERM ends it'
is "$(ls "$T/state/replicas")" '' 'and the replicas'
plan $tap_n
