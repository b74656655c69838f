#!/bin/sh
# A release: image, manifest, statement, pages, commit with trailers, tag, push.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
event m1 0.832 >"$T/e1"

run rai-tag --now 2026-11-23T06:42:23.25Z --push <"$T/e1"
status 0 'a trained model is released'
stderr '' 'without a word on stderr'
cp "$T/out" "$T/first"
is "$(jq -r '.type, .subject, .correlationid, .causationid' "$T/out" | tr '\n' ' ')" \
	'ai.reconciled.model.released.v1 house-price incident-m1 01TRAINm1 ' 'the event follows the trained one'
is "$(jq -r '.data.version' "$T/out")" model-v20261123-1 'the first version of the day'
commit=$(git rev-parse HEAD)
is "$(jq -r '.data.commit' "$T/out")" "$commit" 'the commit is named'
is "$(git -C "$T/w.git" rev-parse main)" "$commit" 'and pushed'
is "$(git -C "$T/w.git" rev-parse 'house-price/model-v20261123-1^{commit}')" "$commit" 'with its tag'
is "$(git -C "$T/w.git" cat-file -t house-price/model-v20261123-1)" tag 'which is annotated'
is "$(git status --porcelain)" '' 'the work tree has followed'
is "$(git diff --numstat HEAD~1 -- manifests)" '1	1	manifests/deployment.yaml' 'one line of one manifest differs'
image=$(jq -r .data.image "$T/out")
is "$(git show HEAD:manifests/deployment.yaml | sed -n 10p)" \
	"          image: $image   # rai-tag writes this" 'by the image token alone'
is "$(git log -1 --format=%s)" 'release(house-price): model-v20261123-1 r2 0.832 [skip ci]' 'the subject'
is "$(git log -1 --format=%B | git interpret-trailers --parse | cut -d: -f1 | tr '\n' ' ')" \
	'Model Version Artifact-Digest Image Data-Digest Config-Digest Metrics Cause Correlation-Id Loop-Depth ' \
	'git reads every trailer'
is "$(git log -1 --format='%an %cn %cI')" 'Ada Robot 2026-11-23T06:42:23+00:00' 'people and time are the given ones'
ok 'the statement is in-toto with SLSA provenance' jq -e --arg d "$(digest "$T/m1.safetensors")" \
	'._type == "https://in-toto.io/Statement/v1" and .predicateType == "https://slsa.dev/provenance/v1"
	and "sha256:" + .subject[0].digest.sha256 == $d
	and .predicate.buildDefinition.resolvedDependencies[2].digest.gitCommit != null' \
	models/house-price/versions/model-v20261123-1.json
ok 'the registry names version, data end, metric and state' grep -q \
	'| house-price | model-v20261123-1 | \*\*current\*\* | 2017-09-23 | r2 0.832 (0.8 to 0.9) |' MODEL_REGISTRY.md
ok 'the change log, too' grep -q '^## model-v20261123-1 (2026-11-23)' models/house-price/CHANGELOG.md

is "$(jq -r .time "$T/out")" 2026-11-23T06:42:23.250Z 'its time has milliseconds'

run rai-tag $(now 4) --push <"$T/e1"
status 0 'the same model again is fine'
ok 'gives the same event' cmp -s "$T/out" "$T/first"
is "$(git -C "$T/w.git" rev-list --count main)" 2 'and no second commit'

event m2 0.853 01DISPATCH >"$T/e2"
run rai-tag $(now 4) --push <"$T/e2"
status 0 'a better model'
is "$(git log -1 --format=%s)" 'release(house-price): model-v20261124-1 r2 0.853 (+0.021) [skip ci]' 'says by how much'
is "$(git log -1 --format='%(trailers:key=Loop-Depth,valueonly)' | head -1)" 1 'an event led to it: loop depth 1'
is "$(git log -1 --format='%(trailers:key=Cause,valueonly)' | head -1)" 01DISPATCH 'and is its cause'
is "$(jq -r '.data.previous.version, .data.previous.commit' "$T/out" | tr '\n' ' ')" \
	"model-v20261123-1 $commit " 'the release before is named'
event m3 0.86 >"$T/e3"
run rai-tag $(now 4 9) <"$T/e3"
status 0 'without --push'
is "$(jq -r '.data.version, .data.pushed' "$T/out" | tr '\n' ' ')" 'model-v20261124-2 false ' 'the second of a day, here only'
is "$(git rev-list --count origin/main..main)" 1 'one commit ahead'
run rai-tag $(now 4 9) --push <"$T/e3"
is "$(git -C "$T/w.git" log -1 --format=%H house-price/model-v20261124-2)" "$(git rev-parse HEAD)" \
	'a later --push brings commit and tag over'
ok 'the remote is whole' git -C "$T/w.git" fsck --strict
plan $tap_n
