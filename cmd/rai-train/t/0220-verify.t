#!/bin/sh
# --verify: the same bytes again, or what differs, or why it cannot be said.
. ci/tap.sh
. cmd/rai-train/t/lib.sh
plan 25

mkdir "$T/repo" "$T/tmp"
export TMPDIR="$T/tmp"
cd "$T/repo" || exit 1
market --rows 600 --seed 2 >houses.csv
cat >rai.yaml <<'END'
version: 1
models:
  house-price:
    data: { source: houses.csv }
    target: { column: Price }
    features: { drop: [Address] }
    train: { candidates: [tree, { forest: { trees: 7 } }] }
    deploy: { image: 'oci:.rai/images/house-price' }
END
released_repository house-price 2025-11-23T10:00:00Z
model=models/house-price/model.safetensors
version=model-v20251123-1
field() { jq -r "$1" "$T/out"; }

before=$(sha256sum $model)
for threads in 1 2 3; do
	run rai-train --verify $model --threads $threads
	status 0 "the same bytes with $threads threads"
done
is "$(field .type)" ai.reconciled.model.verified.v1 'the event'
is "$(field .data.artifact_digest)" "$(field .data.rebuilt_digest)" 'one digest'
is "$(sha256sum $model)" "$before" 'the file is as it was'
run rai-train --verify house-price/$version
status 0 'a release by its tag'
run rai-train --verify $version
status 0 'by its version'
run rai-train --seed 7 -o seeded --champion ''
run rai-train --verify seeded
status 0 'with the seed that it names'

# a byte of the last tensor, which is the trees'
cp $model altered
printf '\377' | dd of=altered bs=1 seek=$(($(stat -c %s altered) - 20)) conv=notrunc 2>/dev/null
run rai-train --verify altered
status 1 'an altered tensor'
stderr_has "give: tensor " "is named"
is "$(field .type)" ai.reconciled.model.differs.v1 'the event says no'
sed 's/"rai.name":"house-price"/"rai.name":"house-prise"/' $model >altered
run rai-train --verify altered
status 2 'another name'
sed 's/rai.metrics":"{\\"r2\\":{\\"value\\":0/rai.metrics":"{\\"r2\\":{\\"value\\":1/' $model >altered
run rai-train --verify altered
status 1 'better figures than it has'
stderr_has 'metadata rai.metrics' 'are found out'

run rai-train --verify nothing
status 2 'no such file or release'
stderr_has 'nothing: neither a file nor a released version' 'says so'
echo 'a,b' >text
run rai-train --verify text
status 2 'no model'
market --rows 600 --seed 3 >other.csv
run rai-train --verify $model other.csv
status 2 'other data'
stderr_has 'made from other.csv' 'is said'
stdout '' 'and no event'
sed -i 's/trees: 7/trees: 8/' rai.yaml
run rai-train --verify $model
status 2 'another rai.yaml'
stderr_has 'check out the commit' 'says what to do'
run rai-train --verify $version
status 0 'a release brings its own'
is "$(ls "$TMPDIR" | grep -c rai-verify)" 0 'nothing is left behind'
