#!/bin/sh
# Several sources are read as one; separators other than the comma.
. ci/tap.sh
plan 20

cd "$T" || exit 1
market --rows 80 --seed 1 >all.csv
python3 - <<'END'
import csv
rows = list(csv.DictReader(open("all.csv", encoding="utf-8-sig")))
names = list(rows[0])
def put(path, part, order, delimiter=","):
    with open(path, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, order, delimiter=delimiter, lineterminator="\n")
        w.writeheader()
        w.writerows(part)
put("one.csv", rows[:30], names)
put("two.csv", rows[30:], names[::-1])
put("less.csv", [{k: v for k, v in r.items() if k != "Rooms"} for r in rows], [n for n in names if n != "Rooms"])
put("semi.csv", rows, names, ";")
put("tabs.csv", rows, names, "\t")
END
loop() { printf 'version: 1\nmodels:\n  m:\n    data: { %s }\n    target: { column: Price }\n    features: { drop: [Address], dates: { Date: day-first } }\n    train: { candidates: [linear] }\n    gate: { metric: r2, against: nothing }\n' "$1" >rai.yaml; }
both() { for f in one.csv two.csv; do echo "sha256:$(sha256sum <$f | cut -c 1-64)"; done | sha256sum | cut -c 1-64; }

loop 'source: all.csv'
run rai-train --describe
cp out want
run rai-train --describe one.csv two.csv
is "$(cat out)" "$(cat want)" 'two operands, columns in another order: the same table'
loop 'source: [one.csv, two.csv]'
run rai-train --describe
is "$(cat out)" "$(cat want)" 'and so of a list in rai.yaml'
run rai-train -o m
status 0 'it trains'
is "$(jq -r '.. | .digest? // empty' out | grep -c "sha256:$(both)")" 1 'the digest is of the digests'
is "$(jq -r '.. | .source? // empty' out | grep -c '^one.csv, two.csv$')" 1 'both are named'
run rai-train --verify m
status 0 'and --verify reads both again'
run rai-train --verify m two.csv one.csv
status 2 'in another order they are other data'
stderr_has 'and here it is sha256:' 'which is said'
run rai-train --describe one.csv - <two.csv
is "$(cat out)" "$(cat want)" 'stdin among them'
run rai-train --describe - - <two.csv
status 2 'stdin twice'
stderr_has 'stdin can be read once' 'is refused'
run rai-train -o n one.csv less.csv
status 2 'a file without a column'
stderr 'rai-train: less.csv: no column "Rooms", which one.csv has' 'is named with it'
ok 'and no model is made' test ! -e n

run rai-train --describe --separator ';' semi.csv
is "$(cat out)" "$(cat want)" 'semicolons'
run rai-train --describe --separator '\t' tabs.csv
is "$(cat out)" "$(cat want)" 'tabs'
loop 'source: semi.csv, separator: ";"'
run rai-train --describe
is "$(cat out)" "$(cat want)" 'declared in rai.yaml'
loop 'source: tabs.csv, separator: "\\t"'
run rai-train --describe
is "$(cat out)" "$(cat want)" 'as an escape'
loop 'source: all.csv, separator: "ab"'
run rai-train --describe
stderr_has 'rai.yaml: models.m.data: separator: "ab" is none of' 'what is no separator is refused'
loop 'source: all.csv, command: [cat, all.csv]'
run rai-train --describe
stderr_has 'source or command, not both' 'a source and a command'
