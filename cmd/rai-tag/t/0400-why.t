#!/bin/sh
# The chain from what runs to who, with every link looked at.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
event m2 0.81 01DISPATCH >"$T/e2"
rai-tag $(now 3) --push <"$T/e1" >/dev/null
rai-tag $(now 4) --push <"$T/e2" >"$T/o2"
run rai-tag --why
status 0 'why, of what runs'
stdout_has 'verified: all 11 links' 'every link is verified'
stdout_has 'manifests/deployment.yaml:10 runs oci:.rai/images/house-price:model-v20261124-1@sha256:' 'file and line'
stdout_has 'event 01DISPATCH, incident incident-m2, loop depth 1' 'the cause'
stdout_has 'author Ada <ada@example.org>, committer Robot <robot@example.org>' 'the people'
cp "$T/out" "$T/text"
git clone -q "$T/w.git" "$T/fresh"
for x in model-v20261124-1 "$(jq -r .data.image "$T/o2")" "$(digest "$T/m2.safetensors")" \
	"$(jq -r .data.image_digest "$T/o2")" "$(jq -r .data.commit "$T/o2")" house-price/model-v20261124-1; do
	run rai-tag --why "$x"
	ok "by $x the same" cmp -s "$T/out" "$T/text"
done
run rai-tag --why --json model-v20261123-1
is "$(jq -r '.version, .data_digest, .code_commit, (.links | length)' "$T/out" | tr '\n' ' ')" \
	"model-v20261123-1 sha256:0000000000000000000000000000000000000000000000000000000000000007 $(git rev-parse HEAD~2) 10 " \
	'an older one, as JSON'
run rai-tag --why HEAD~2
status 2 'a commit from before the first release runs none'
run rai-tag --why nonsense
status 2 'nonsense is refused'
stderr_has '"nonsense": no version, image, digest or commit' 'by name'
run rai-tag --why --repo "$T/fresh"
status 0 'on a fresh clone'
stdout_has 'verified, but for 1 of 11 links' 'all but the image, which is elsewhere'
run rai-tag --why --repo "$T/fresh" --image-root "$T/w"
stdout_has 'verified: all 11 links' 'with the images at hand, all'
run rai-tag --why --repo "$T/w.git" --image-root "$T/w"
stdout_has 'verified: all 11 links' 'a bare repository will do'
git tag -d house-price/model-v20261124-1 >/dev/null
run rai-tag --why
ok 'a lost tag is no loss' cmp -s "$T/out" "$T/text"
sed -i 's/13580/13581/' models/house-price/versions/model-v20261124-1.json
git commit -q -a -m 'Forge'
run rai-tag --why
status 1 'an altered statement is found out'
stdout_has '✗ wrong     statement' 'which link is wrong'
git reset -q --hard HEAD~1
sed -i 's/@sha256:..../@sha256:0000/' manifests/deployment.yaml
git commit -q -a -m 'Run something else'
run rai-tag --why
status 1 'an image that is not the release is found out'
stdout_has '✗ wrong     manifest' 'at the manifest'
git reset -q --hard HEAD~1
f=$(find .rai -size +50k | head -1)
printf x | dd of="$f" bs=1 seek=9000 conv=notrunc 2>/dev/null
run rai-tag --why
status 1 'a damaged image is found out'
plan $tap_n
