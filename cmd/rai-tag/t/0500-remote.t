#!/bin/sh
# Other people push, too; and remotes go away.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
git clone -q "$T/w.git" "$T/v"
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
event m2 0.81 >"$T/e2"

# two different models at once
rai-tag $(now 3) --push <"$T/e1" >"$T/a.out" 2>"$T/a.err" & a=$!
rai-tag $(now 3) --push --repo "$T/v" <"$T/e2" >"$T/b.out" 2>"$T/b.err" & b=$!
wait $a; ra=$?
wait $b; rb=$?
is "$ra $rb" '0 0' 'two pushes at once both end well'
cat "$T/a.err" "$T/b.err" | note
is "$(git -C "$T/w.git" rev-list --count main)" 3 'two releases, one after the other'
is "$(jq -r .data.version "$T/a.out" "$T/b.out" | sort | tr '\n' ' ')" \
	'model-v20261123-1 model-v20261123-2 ' 'with different versions'
is "$(git -C "$T/w.git" tag | wc -l | tr -d ' ')" 2 'and both tags'
git -C "$T/w.git" archive main MODEL_REGISTRY.md | tar -xO >"$T/registry"
is "$(grep -c '^| house-price' "$T/registry")" 2 'the registry has both'

# the same model from two clones at once
event m3 0.82 >"$T/e3"
rai-tag $(now 4) --push <"$T/e3" >"$T/a.out" 2>"$T/a.err" & a=$!
rai-tag $(now 4) --push --repo "$T/v" <"$T/e3" >"$T/b.out" 2>"$T/b.err" & b=$!
wait $a; ra=$?
wait $b; rb=$?
cat "$T/a.err" "$T/b.err" | note
is "$ra $rb" '0 0' 'the same model twice at once: both end well'
is "$(git -C "$T/w.git" rev-list --count main)" 4 'with one commit'
ok 'and one event' cmp "$T/a.out" "$T/b.out"
is "$(git -C "$T/w" rev-parse main) $(git -C "$T/v" rev-parse main)" \
	"$(git -C "$T/w.git" rev-parse main) $(git -C "$T/w.git" rev-parse main)" 'both clones are up to date'
is "$(git -C "$T/w" status --porcelain)$(git -C "$T/v" status --porcelain)" '' 'and clean'

# behind: follows; ahead: pushed along; diverged: refused
git -C "$T/v" commit -q --allow-empty -m 'Elsewhere' && git -C "$T/v" push -q origin main
event m4 0.83 >"$T/e4"
run rai-tag $(now 5) --push <"$T/e4"
status 0 'a clone that is behind follows'
git -C "$T/v" commit -q --allow-empty -m 'Not pushed'
event m5 0.84 >"$T/e5"
before=$(git -C "$T/w.git" rev-parse main)
run rai-tag $(now 6) --push --repo "$T/v" <"$T/e5"
status 2 'a clone that has diverged is refused'
stderr_has 'branch main has diverged' 'says so'
stderr_has 'git pull --rebase' 'and what to do'
is "$(git -C "$T/w.git" rev-parse main)" "$before" 'the remote is as it was'

git remote set-url origin "file://user:secret@$T/gone.git"
run rai-tag $(now 6) --push <"$T/e5"
status 75 'an unreachable remote is worth a retry'
stdout '' 'nothing on stdout'
git remote set-url origin "$T/gone.git"
head=$(git rev-parse HEAD)
run rai-tag $(now 6) --push <"$T/e5"
status 75 'a path that is not there, too'
stderr_has "remote origin ($T/gone.git): cannot be reached" 'the remote and its URL are named'
is "$(git rev-parse HEAD)" "$head" 'and nothing has moved'
run rai-tag $(now 6) --push --remote upstream <"$T/e5"
status 2 'a remote that is not configured is a mistake'
stderr_has 'no remote "upstream"' 'and named'
git remote set-url origin "file://$T/w.git"
run rai-tag $(now 6) --push <"$T/e5"
status 0 'file:// will do'
touch "$T/w.git/refs/heads/main.lock"
event m6 0.85 >"$T/e6"
run rai-tag $(now 7) --push <"$T/e6"
status 75 'a branch that stays locked: try later'
stderr_has 'main.lock' 'the lock is named'
plan $tap_n
