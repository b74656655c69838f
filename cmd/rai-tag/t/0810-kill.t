#!/bin/sh
# Killed at any moment: the repositories stay whole, and the next run ends the work.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
n=0
whole=1
ended=1
for ms in 0 1 2 3 5 8 12 16 20 25 30 40; do
	n=$((n + 1))
	event "k$n" 0.8 >"$T/e"
	timeout -s KILL "$(printf '0.%03d' $((ms + 1)))" rai-tag $(now 3) --push <"$T/e" >/dev/null 2>&1
	git -C "$T/w.git" fsck --strict >/dev/null 2>&1 && git fsck >/dev/null 2>&1 || whole=0
	# a lock that the dead left behind is named by the message; a person deletes it
	find "$T/w.git" .git -name '*.lock' -exec rm {} +
	git reset -q --hard
	rai-tag $(now 3) --push <"$T/e" >"$T/out" 2>"$T/err" || { ended=0; note <"$T/err"; }
	[ "$(git -C "$T/w.git" rev-parse main)" = "$(git rev-parse main)" ] || ended=0
	[ "$(git -C "$T/w.git" rev-list --count main)" = $((n + 1)) ] || ended=0
	[ "$(git -C "$T/w.git" tag | wc -l)" = $n ] || ended=0
done
is $whole 1 'after every kill both repositories are whole'
is $ended 1 'the next run makes it one commit and one tag, on both sides'
run rai-tag --why
stdout_has 'verified: all 11 links' 'and the chain is verified'

# killed after the branch had moved and before the files followed
event last 0.9 >"$T/e"
run rai-tag $(now 4) --push <"$T/e"
git read-tree HEAD~1 && git checkout-index -f -a && rm -f models/house-price/versions/model-v20261124-1.json
git update-index -q --refresh
run rai-tag $(now 4) --push <"$T/e"
status 0 'a work tree that stayed behind is brought up'
is "$(git status --porcelain)" '' 'and is clean'
plan $tap_n
