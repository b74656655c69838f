#!/bin/sh
# The example of rai.yaml(5) is a loop that trains and releases, README's first pipeline runs as
# printed, and rai-json(5) names every member that these events carry.
. ci/tap.sh
plan 7
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

git init -q --bare -b main "$T/origin.git"
git clone -q "$T/origin.git" "$T/repo" 2>/dev/null
mkdir "$T/repo/data" "$T/repo/manifests"
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' man/rai.yaml.5 | sed '1,/^\.Bd/d; /^\.Ed/d' >"$T/repo/rai.yaml"
sed 's|^\( *image:\) .*|\1 oci:.rai/images/house-price:none|' workflows/kubernetes/deployment.yaml >"$T/repo/manifests/deployment.yaml"
market --rows 1500 --seed 3 >"$T/repo/data/sales.csv"
cd "$T/repo" && git checkout -q -b main 2>/dev/null
printf '/data/\n/.rai/\n/models/house-price/model.safetensors\n' >.gitignore
git add -A && git commit -qm 'Declare the loop' && git push -q origin main

run rai-train --describe
status 0 'the example of rai.yaml(5) is read'
stdout_has 'to be predicted, on the log scale' 'and understood'
pipeline=$(sed -n 's/^\(rai-train -c rai.yaml | rai-tag --push\) .*/\1/p' "$top/README.md")
is "$pipeline" 'rai-train -c rai.yaml | rai-tag --push' 'README has its pipeline'
run sh -c "rai-train -c rai.yaml | tee '$T/trained' | rai-tag --push"
status 0 'which runs as printed'
cat "$T/trained" "$T/out" >"$T/events"
is "$(git rev-parse main)" "$(git --git-dir="$T/origin.git" rev-parse main)" 'and ends in the remote'
is "$(jq -s length "$T/events")" 2 'with two events'
jq -r '.data | keys[]' "$T/events" | sort -u | while read -r member; do
	grep -q "^\.It .*Va .*$member" "$top/man/rai-json.5" || echo "$member"
done >"$T/missing"
is "$(cat "$T/missing")" '' 'whose members rai-json(5) names'
