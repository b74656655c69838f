#!/bin/sh
# The examples of the manual run as printed.
. ci/tap.sh
. cmd/rai-train/t/lib.sh

mkdir "$T/repo"
market --rows 300 --seed 2 >"$T/repo/houses.csv"
cat >"$T/repo/rai.yaml" <<'END'
version: 1
models:
  house-price:
    data: { source: houses.csv }
    target: { column: Price }
    features: { drop: [Address] }
    train: { candidates: [linear] }
    deploy: { image: 'oci:.rai/images/house-price' }
END
page=$top/man/rai-train.1
cd "$T/repo" || exit 1
released_repository house-price 2025-11-23T10:00:00Z
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$page" >"$T/examples"
plan $(($(wc -l <"$T/examples") + 2))
while read -r line; do
	ok "$line" sh -e -c "$line"
done <"$T/examples"
is "$(wc -l <scores.txt)" 300 'one score per row'
is "$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$page" | grep -c '^\.Dl')" 6 'all six were found'
