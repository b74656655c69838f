#!/bin/sh
# The examples of the manual, in order, as they are printed there.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
rai-tag --push <"$T/e1" >/dev/null
event m2 0.81 >"$T/e2"
cp "$T/e2" trained.json
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$top/man/rai-tag.1" | sed -n 's/^\.Dl //p' >"$T/lines"
while read -r line; do
	run sh -c "$line"
	status 0 "$line"
done <"$T/lines"
is "$tap_n" 6 'all of them'
ok 'the champion is there' cmp champion.safetensors "$T/m2.safetensors"
is "$(git log -1 --format=%s | cut -c1-8)" rollback 'and the last one went back'
run rai-tag --help
status 0 'help'
run rai-tag --version
status 0 'version'
plan $tap_n
