#!/bin/sh
# A repository elsewhere: cloned into the state folder, followed, survived when it goes away.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
daemon=
[ -x "$(git --exec-path)/git-daemon" ] || skip_all 'no git daemon'
gitops w
port=$(free_port)
git clone -q --bare "$repo" "$T/w.git"
git -C "$repo" remote add origin "$T/w.git"

run rai-sync --repo "$T/w.git" --image-root "$repo" --state "$T/state" --port-map 80="$port"
status 0 'a bare repository beside us'
run rai-sync --stop --state "$T/state"
gitport=$(free_port)
"$(git --exec-path)/git-daemon" --reuseaddr --export-all --listen=127.0.0.1 --port="$gitport" --base-path="$T" "$T" >"$T/daemon.log" 2>&1 &
daemon=$!
wait_for 10 git ls-remote "git://127.0.0.1:$gitport/w.git"
repo_url=git://127.0.0.1:$gitport/w.git
: >"$T/events"
rai-sync --repo "$repo_url" --image-root "$repo" --state "$T/state" --port-map 80="$port" \
	--watch >>"$T/events" 2>"$T/watch.err" &
watcher=$!
ok 'a remote repository' wait_for 10 seen synced
edit deployment.yaml 's/replicas: 3/replicas: 2/'
start=$(ms); git -C "$repo" push -q origin main
ok 'a push is followed' wait_for 10 seen synced 2
echo "# push to synced: $(($(ms) - start)) ms"
is "$(alive)" 2 'as it says'
kill "$daemon"; wait "$daemon" 2>/dev/null;
ok 'the remote goes away: one warning' wait_for 10 grep -q "$gitport" "$T/watch.err"
kill -9 "$(pids | head -1)"
ok 'and healing goes on' wait_for 5 seen healed
is "$(wc -l <"$T/watch.err")" 1 'without another warning'
run rai-sync --stop --state "$T/state"
status 0 'stopped'
watcher=
plan $tap_n
