#!/bin/sh
# The examples of the manual run as printed.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
gitops w
port=$(free_port)
git clone -q --bare "$repo" "$T/w.git"
# the lines of EXAMPLES, with a port that is free here and a remote that can be reached
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' man/rai-sync.1 | sed -n 's/^\.Dl //p; /^\.Bd/,/^\.Ed/{/^\./!p;}' |
	sed "s/\\\\e/\\\\/g; s/5001/$port/g; s|https://git.example.org/prices.git|$T/w.git|" |
	sed "s|/srv/images|$repo|; s|/var/lib/rai|$T/state2|" >"$T/examples"
is "$(wc -l <"$T/examples")" 6 'there are examples'
sed 4q "$T/examples" >"$T/short"
cd "$repo" || exit 1
while read -r line; do
	if eval "$line" >"$T/out" 2>"$T/err" </dev/null; then pass "$line"; else fail "$line"; note <"$T/err"; fi
done <"$T/short"
sed '1,4d; $s/$/ --port-map 80='"$port/" "$T/examples" >"$T/long"
sh -c "exec $(cat "$T/long")" >"$T/events" 2>"$T/err" &
watcher=$!
ok 'the branch of another machine' wait_for 10 seen synced
note <"$T/err"
kill -TERM "$watcher"; wait "$watcher"; watcher=
cd "$top" || exit 1
plan $tap_n
