#!/bin/sh
# Whatever is wrong: a message that says what and why, nothing on stdout, nothing moved.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
head=$(git rev-parse HEAD)
refused() { # STATUS TEXT NAME
	status "$1" "$3"
	stderr_has "$2" '  says so'
	stdout '' '  stdout is empty'
	is "$(git rev-parse HEAD) $(git tag | wc -l | tr -d ' ')" "$head 0" '  nothing has moved'
}
run rai-tag </dev/null
refused 2 'stdin: no event' 'no event'
run rai-tag <"$top/LICENSE"
refused 2 'stdin (one event is expected)' 'no JSON'
sed 's/model.trained/drift.detected/' "$T/e1" >"$T/x"
run rai-tag <"$T/x"
refused 2 'is no model.trained event' 'another event'
sed 's/"artifact_digest":"sha256:/"artifact_digest":"sha256:zz/' "$T/e1" >"$T/x"
run rai-tag <"$T/x"
refused 2 '"artifact_digest" is not sha256:' 'a bad digest'
sed 's/"rows":13580/"rows":"many"/' "$T/e1" >"$T/x"
run rai-tag <"$T/x"
refused 2 '"rows" must be' 'a wrong type'
sed 's/house-price/other/g' "$T/e1" >"$T/x"
run rai-tag <"$T/x"
refused 2 'no model "other"' 'a model that is not declared'
run rai-tag --model x <"$T/e1"
refused 2 'but the event on stdin is about house-price' 'another model than asked for'
cp "$T/m1.safetensors" "$T/keep"
echo x >>"$T/m1.safetensors"
run rai-tag <"$T/e1"
refused 2 "but the event names sha256:" 'a model file that is not the one of the event'
rm "$T/m1.safetensors"
run rai-tag <"$T/e1"
refused 2 'm1.safetensors: No such file' 'no model file'
mv "$T/keep" "$T/m1.safetensors"
echo '# mine' >>rai.yaml
run rai-tag <"$T/e1"
refused 2 'rai.yaml: is changed and not committed' 'a dirty work tree'
git restore rai.yaml
echo x >MODEL_REGISTRY.md
run rai-tag <"$T/e1"
refused 2 'MODEL_REGISTRY.md: an untracked file stands where the release writes' 'an untracked file in the way'
rm MODEL_REGISTRY.md
(unset GIT_AUTHOR_NAME GIT_COMMITTER_NAME; run rai-tag <"$T/e1"; echo $code >"$T/code")
code=$(cat "$T/code")
refused 2 'who commits? set GIT_AUTHOR_NAME' 'nobody to sign'
git checkout -q --detach
run rai-tag <"$T/e1"
refused 2 'say which with --branch NAME' 'no branch'
git checkout -q main
run rai-tag --repo "$T" <"$T/e1"
refused 2 'not a Git repository' 'no repository'
run rai-tag --environment prod <"$T/e1"
refused 2 'has no environments' 'no environments'
run rai-tag --bogus <"$T/e1"
refused 2 'unknown option --bogus' 'a wrong option'
run rai-tag --why --rollback
refused 2 'only one of' 'two jobs'
run rai-tag --extract
refused 2 '--extract needs --output' 'no output'

commit() { git add -A && git commit -q -m x && head=$(git rev-parse HEAD); }
sed -i 's/image: .*/image: >-\n            oci:.rai\/images\/house-price:none/' manifests/deployment.yaml && commit
run rai-tag <"$T/e1"
refused 2 'manifests/deployment.yaml:10:18: this image cannot be replaced safely' 'a block scalar'
git rm -q -r manifests && commit
run rai-tag <"$T/e1"
refused 2 "no container's image is oci:.rai/images/house-price" 'no manifest'
sed -i 's/deploy:/deplyo:/' rai.yaml && commit
run rai-tag <"$T/e1"
refused 2 'did you mean "deploy"' 'a misspelt key'

sed 's/model.trained/model.rejected/' "$T/e1" >"$T/x"
run rai-tag <"$T/x"
status 1 'a rejected model is passed on with status 1'
ok 'unchanged' cmp "$T/out" "$T/x"
plan $tap_n
