#!/bin/sh
# Rolling updates under load: no request fails, and a bad version never takes the place of a good one.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
gitops w
port=$(free_port)
watch
ok 'brought up' wait_for 10 seen synced
python3 cmd/rai-sync/t/load.py "$port" "$T/stop" >"$T/load" 2>"$T/load.err" &
load=$!

for i in 1 2 3; do
	before=$(pids)
	start=$(ms); edit deployment.yaml "s/prometheus.io\/path: .*/prometheus.io\/path: \/metrics$i/"
	ok "update $i" wait_for 15 seen synced $((i + 1))
	echo "# commit to all replicas replaced: $(($(ms) - start)) ms"
	is "$(alive) $(pids | grep -cxF "$before")" '3 0' "update $i: three others"
done
is "$(grep -c 'outofsync\|degraded' "$T/events")" 0 'nothing else was reported'
is "$(last synced | jq -c '[.data.resources[].action] | group_by(.) | map([.[0], length]) | map(join("="))')" \
	'["create=3","delete=3","update=2"]' 'three made, three deleted'

# a version that does not start
good=$(pids)
edit deployment.yaml 's/- --model$/- --modell/'
ok 'a crash loop is degraded' wait_for 15 seen degraded
ok 'and called so' sh -c "grep -q 'CrashLoopBackOff: house-price-api-[0-9a-f]*-0: exited with status 2' '$T/events'"
is "$(pids | grep -cxF "$good")" 3 'the three old replicas stay'
edit deployment.yaml 's/- --modell$/- --model/'
ok 'put right in Git' wait_for 15 seen synced 5
is "$(pids)" "$good" 'the old replicas are the wanted ones again'

# a version that starts, but never gets ready
edit deployment.yaml 's/progressDeadlineSeconds: .*/progressDeadlineSeconds: 1/; s/path: \/readyz/path: \/never/'
ok 'no progress is degraded' wait_for 15 seen degraded 2
is "$(last degraded | jq -r '.data.message | split(":")[0]')" ProgressDeadlineExceeded 'as Kubernetes calls it'
is "$(pids | grep -cxF "$good")" 3 'the three old replicas stay'
edit deployment.yaml 's/progressDeadlineSeconds: .*/progressDeadlineSeconds: 60/; s/path: \/never/path: \/readyz/'
ok 'put right in Git again' wait_for 15 seen synced 6

# an image that is not what its digest says
edit deployment.yaml 's/@sha256:..../@sha256:0000/'
ok 'a wrong digest is degraded' wait_for 15 seen degraded 3
is "$(pids)" "$good" 'nothing is touched'
ok 'the image is named' sh -c "grep -q 'manifests/deployment.yaml:[0-9]*: Deployment/house-price-api image' '$T/watch.err'"
git -C "$repo" revert --no-edit HEAD >/dev/null
ok 'reverted' wait_for 15 seen synced 7

echo broken >>"$repo/manifests/service.yaml"; git -C "$repo" commit -q -a -m 'Broken'
ok 'an unreadable manifest is degraded' wait_for 15 seen degraded 4
is "$(pids)" "$good" 'nothing is touched either'
git -C "$repo" revert --no-edit HEAD >/dev/null
ok 'reverted, too' wait_for 15 seen synced 8
ok 'two warnings, not one per look' test "$(wc -l <"$T/watch.err")" -le 2

edit deployment.yaml 's/replicas: 3/replicas: x/'
ok 'another one' wait_for 15 seen degraded 5
git -C "$repo" reset -q --hard HEAD~1
ok 'taken back by force' wait_for 15 seen healed
is "$(pids)" "$good" 'and nothing was touched'

touch "$T/stop"; wait "$load"
read -r requests failed <"$T/load"
echo "# $requests requests, $failed failed"
note <"$T/load.err"
ok 'there was load' test "$requests" -gt 200
is "$failed" 0 'no request failed'
kill -TERM "$watcher"; wait "$watcher"; watcher=
plan $tap_n
