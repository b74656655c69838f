#!/bin/sh
# The file is a function of data, declaration and seed: not of threads, time, folder or run.
. ci/tap.sh
plan 13

mkdir "$T/repo"
market --rows 600 --seed 3 >"$T/repo/houses.csv"
cat >"$T/repo/rai.yaml" <<'END'
version: 1
models:
  house-price:
    data: { source: houses.csv }
    target: { column: Price, transform: log }
    features: { drop: [Address], dates: { Date: day-first }, encode: { Postcode: target } }
    train: { candidates: [linear, ridge, tree, { forest: { trees: 12, max_features: 0.5 } }] }
END
cd "$T/repo" || exit 1
digest() { sha256sum "$1" | cut -d' ' -f1; }
for kind in linear ridge tree forest boost; do
	sed "s/candidates: .*/candidates: [$kind] }/" rai.yaml >$kind.yaml
	rai-train -c $kind.yaml --threads 1 -o one --champion '' >/dev/null
	rai-train -c $kind.yaml --threads 4 -o four --champion '' >/dev/null
	is "$(digest four)" "$(digest one)" "$kind: the same bytes with 1 and 4 threads"
done
rai-train --threads 1 -o one --champion '' >/dev/null
ok 'there is a file' test -s one
for n in 2 4; do
	rai-train --threads $n -o more --champion '' >/dev/null
	is "$(digest more)" "$(digest one)" "all candidates: $n threads"
done
rai-train -o again --now 2001-01-01T00:00:00Z --champion '' >/dev/null
is "$(digest again)" "$(digest one)" 'another time'
(cd / && rai-train -c "$T/repo/rai.yaml" -o "$T/repo/away" --champion '' >/dev/null)
is "$(digest away)" "$(digest one)" 'another folder'
rai-train -o plain --champion '' houses.csv >/dev/null
is "$(digest plain)" "$(digest one)" 'the data as an operand'
rai-train --seed 7 -o other --champion '' >/dev/null
ok 'another seed gives another file' test "$(digest other)" != "$(digest one)"
head -500 houses.csv >fewer.csv
rai-train -o twice --champion '' fewer.csv >/dev/null
ok 'other data give another file' test "$(digest twice)" != "$(digest one)"
