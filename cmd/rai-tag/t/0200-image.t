#!/bin/sh
# The image, as a program that is not ours reads it; and out again.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
run rai-tag $(now 3) <"$T/e1"
status 0 'released'
dir=.rai/images/house-price
digest=$(jq -r .data.image_digest "$T/out")
is "$(skopeo inspect "oci:$dir:model-v20261123-1" | jq -r .Digest)" "$digest" 'skopeo finds the version'
is "$(skopeo inspect "oci:$dir:latest" | jq -r .Digest)" "$digest" 'and latest'
ok 'skopeo copies it' skopeo copy -q "oci:$dir:model-v20261123-1" "oci:$T/copy:x"
is "$(skopeo inspect "oci:$T/copy:x" | jq -r .Digest)" "$digest" 'unchanged'
layer=$(skopeo inspect "oci:$dir:latest" | jq -r '.Layers[0]')
is "$(tar -tzf "$dir/blobs/sha256/${layer#sha256:}" | tr '\n' ' ')" \
	'model/ model/model.safetensors model/release.json ' 'tar lists the one layer'
is "$(tar -xzOf "$dir/blobs/sha256/${layer#sha256:}" model/release.json)" \
	"{\"model\":\"house-price\",\"version\":\"model-v20261123-1\",\"artifact_digest\":\"$(digest "$T/m1.safetensors")\"}" \
	'the release file'
run rai-tag --extract -o "$T/x.safetensors" current
status 0 'the champion comes out'
ok 'as it went in' cmp "$T/x.safetensors" "$T/m1.safetensors"
run rai-tag --extract -o "$T/y.safetensors" model-v1
status 2 'of an unknown version nothing'
stderr_has 'house-price has no release model-v1' 'and it is named'
echo >>"$dir/blobs/sha256/${layer#sha256:}"
run rai-tag --extract -o "$T/y.safetensors"
status 2 'a damaged image gives nothing'
ok 'no file is left' test ! -e "$T/y.safetensors"
git clone -q "$T/w.git" "$T/other" && git -C "$T/other" pull -q "$T/w" main
run rai-tag $(now 3) --repo "$T/other" <"$T/e1"
is "$(jq -r .data.image_digest "$T/out")" "$digest" 'the same model elsewhere has the same image digest'
plan $tap_n
