#!/bin/sh
# The examples of the manual run as printed.
. ci/tap.sh

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
END
page=$top/man/rai-train.1
cd "$T/repo" || exit 1
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$page" >"$T/examples"
plan $(($(wc -l <"$T/examples") + 2))
while read -r line; do
	ok "$line" sh -e -c "$line"
done <"$T/examples"
is "$(wc -l <scores.txt)" 300 'one score per row'
is "$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$page" | grep -c '^\.Dl')" 4 'all four were found'
