#!/bin/sh
# Several environments, several manifests, an own version template, a bare repository.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
gitops w
cd "$T/w" || exit 1
mkdir manifests/staging manifests/prod
cp manifests/deployment.yaml manifests/prod/
printf 'kind: Service\r\n---\r\ncontainers:\r\n- image: "oci:.rai/images/house-price"\r\n' >manifests/staging/b.yml
git mv manifests/deployment.yaml manifests/staging/a.yaml
echo 'not: [yaml' >manifests/staging/notes.yaml
sed -i 's|deploy: {|deploy: { environments: [staging, prod], version: "v1.0.{n}",|' rai.yaml
git add -A && git commit -q -m 'Environments' && git push -q origin main
event m1 0.8 >"$T/e1"
run rai-tag $(now 3) --push <"$T/e1"
status 0 'released'
is "$(jq -r '.data.version, (.data.manifests | map(.file) | join(","))' "$T/out" | tr '\n' ' ')" \
	'v1.0.1 manifests/staging/a.yaml,manifests/staging/b.yml ' 'to the first environment, in both files'
image=$(jq -r .data.image "$T/out")
is "$(git show HEAD:manifests/staging/b.yml | od -An -c | tr -d ' \n')" \
	"$(printf 'kind: Service\r\n---\r\ncontainers:\r\n- image: "%s"\r\n' "$image" | od -An -c | tr -d ' \n')" \
	'quotes and line ends stay'
run rai-tag $(now 3) --push --environment prod <"$T/e1"
status 0 'the same model to the second environment'
is "$(jq -r '.data.manifests[0].file' "$T/out")" manifests/prod/deployment.yaml 'its manifest'
is "$(jq -r .data.version "$T/out")" v1.0.2 'as a release of its own'
is "$(grep -c '\*\*current\*\*' MODEL_REGISTRY.md)" 2 'both are current in the registry'
run rai-tag --why --environment prod
stdout_has 'house-price v1.0.2' 'each environment has its own chain'
run rai-tag --environment test <"$T/e1"
status 2 'an environment that is not declared'
stderr_has 'not one of models.house-price.deploy.environments' 'says so'

event m2 0.81 >"$T/e2"
run rai-tag $(now 4) --repo "$T/w.git" --image-root "$T/w" <"$T/e2"
status 0 'into a bare repository'
is "$(git -C "$T/w.git" log -1 --format=%s)" 'release(house-price): v1.0.3 r2 0.810 (+0.010) [skip ci]' 'where its branch has moved'
run rai-tag --repo "$T/w.git" --image-root "$T/w" --why
stdout_has 'verified: all' 'and is verified'
RAI_ENVIRONMENT=prod run rai-tag --extract -o "$T/x"
ok 'options come from the environment, too' cmp "$T/x" "$T/m1.safetensors"
plan $tap_n
