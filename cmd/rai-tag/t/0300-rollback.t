#!/bin/sh
# Going back is a commit; what was left may not come again.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
event m2 0.81 >"$T/e2"
event m3 0.82 >"$T/e3"
rai-tag $(now 3) --push <"$T/e1" >/dev/null
run rai-tag --rollback
status 2 'with one release there is no way back'
stderr_has 'no release before model-v20261123-1 is left' 'says why'
rai-tag $(now 4) --push <"$T/e2" >/dev/null
rai-tag $(now 5) --push <"$T/e3" >/dev/null
cp manifests/deployment.yaml "$T/third"
run rai-tag $(now 6) --rollback --push --reason 'error doubled in the west'
status 0 'back by one'
is "$(jq -r '.type, .data.version, .data.tombstone.version, .data.previous.version' "$T/out" | tr '\n' ' ')" \
	'ai.reconciled.model.rolledback.v1 model-v20261124-1 model-v20261125-1 model-v20261125-1 ' 'the event says from and to'
is "$(git -C "$T/w.git" log -1 --format=%s)" \
	'rollback(house-price): model-v20261125-1 to model-v20261124-1 [skip ci]' 'a commit on the remote'
ok 'git reads its trailers' sh -c "git log -1 --format=%B | git interpret-trailers --parse | grep -q '^Tombstone: sha256:'"
ok 'the manifest is byte for byte what it was then' sh -c \
	'git show house-price/model-v20261124-1:manifests/deployment.yaml | cmp - manifests/deployment.yaml'
hex=$(digest "$T/m3.safetensors" | cut -d: -f2)
is "$(jq -r .reason "models/house-price/tombstones/$hex")" 'error doubled in the west' 'the tombstone says why'
ok 'the registry says so' grep -q 'model-v20261125-1 | rolled back' MODEL_REGISTRY.md
run rai-tag --why
stdout_has "since commit $(git rev-parse --short=12 HEAD) by Ada <ada@example.org>: rollback(house-price): model-v20261125-1 to" \
	'the chain names who went back'
run rai-tag $(now 7) --push <"$T/e3"
status 1 'the buried model is refused'
stdout '' 'without an event'
stderr_has 'was rolled back and is not released again' 'and it is said why'
run rai-tag --rollback model-v20261125-1
status 2 'going forward to it as well'
run rai-tag --rollback model-v20261124-1
status 2 'to what runs already: refused'
run rai-tag $(now 7) --rollback --push
status 0 'once more back'
is "$(jq -r .data.version "$T/out")" model-v20261123-1 'to the first'
run rai-tag --rollback --push
status 2 'then no further'
git rm -q "models/house-price/tombstones/$hex" && git commit -q -m 'Lift it' && git push -q origin main
run rai-tag $(now 8) --push <"$T/e3"
status 0 'a person may lift the tombstone'
is "$(rai-tag --list | awk '{print $1, $2}' | tr '\n' ' ')" \
	'model-v20261128-1 current model-v20261125-1 superseded model-v20261124-1 rolled-back model-v20261123-1 superseded ' \
	'the list tells states'
plan $tap_n
