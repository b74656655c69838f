#!/bin/sh
# Killed at any moment, the old file is whole or the new one is.
. ci/tap.sh
plan 4

cd "$T" || exit 1
market --rows 400 --seed 1 >rows.csv
printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price }\n    gate: { against: nothing }\n    train: { candidates: [{ forest: { trees: 40 } }] }\n' >rai.yaml
rai-train -o model >/dev/null
old=$(sha256sum <model)
sed -i 's/trees: 40/trees: 41/' rai.yaml
rai-train -o new >/dev/null
new=$(sha256sum <new)
ok 'two different files' test -s model -a -s new -a "$old" != "$new"
wrong=0
olds=0
for delay in 0.005 0.01 0.02 0.03 0.04 0.06 0.08 0.1; do
	rai-train -o model >/dev/null 2>&1 &
	sleep "$delay"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	case $(sha256sum <model) in
	"$old") olds=$((olds + 1)) ;;
	"$new") ;;
	*) wrong=$((wrong + 1)) ;;
	esac
done
is "$wrong" 0 'never a third state'
ok 'some were killed before the end' test "$olds" -gt 0
rai-train -o model >/dev/null
is "$(sha256sum <model)" "$new" 'and it can be done again'
