#!/bin/sh
# --predict: rows in, one number per row out.
. ci/tap.sh
plan 20

cd "$T" || exit 1
# price = 100000 + 50000 * rooms, exactly, whatever the other columns say
python3 - <<'END'
import random
random.seed(1)
with open("rows.csv", "w") as f:
    f.write("Rooms,Type,Price\n")
    for i in range(200):
        rooms = random.randint(1, 9)
        f.write("%d,%s,%d\n" % (rooms, random.choice("hut"), 100000 + 50000 * rooms))
END
printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price }\n    train: { candidates: [linear] }\n' >rai.yaml
awk -F, -v OFS=, 'NR == 1 { print "Id", $0; next } { print NR, $0 }' rows.csv >numbered.csv
sed -i 's/rows.csv/numbered.csv/' rai.yaml
run rai-train -o m
status 0 'a model'
printf 'Type,Rooms,Id\nh,3,5\nu,7,6\n' >ask.csv
run rai-train --predict m ask.csv
status 0 'predicts a file'
is "$(awk '{ printf "%.3f ", $1 }' "$T/out")" '250000.000 450000.000 ' 'the columns are found by name'
run rai-train --predict m <ask.csv
is "$(awk '{ printf "%.3f ", $1 }' "$T/out")" '250000.000 450000.000 ' 'or stdin'
printf '{"Rooms":3,"Type":"h","Id":5}\n{"Rooms":7,"Type":"zzz","Id":6}\n' >ask.jsonl
run rai-train --predict m ask.jsonl
is "$(awk '{ printf "%.3f ", $1 }' "$T/out" | cut -d' ' -f1)" 250000.000 'JSON lines are seen'
is "$(wc -l <"$T/out")" 2 'an unseen category is no error'
run rai-train --predict m --format csv ask.jsonl
status 2 'a format can be insisted on'
printf 'Type,Rooms,Id\nh,,5\n' >gap.csv
run rai-train --predict m gap.csv
status 0 'a missing value is filled'
printf 'Type,Id\nh,5\n' >short.csv
run rai-train --predict m short.csv
status 2 'a missing column is not'
stderr_has 'short.csv: no column "Rooms", which the model needs' 'it is named'
printf 'Type,Rooms,Id\nh,3,5\nh,many,6\n' >text.csv
run rai-train --predict m text.csv
status 2 'text where a number belongs'
stderr_has 'text.csv:3:' 'file and line are named'
stdout '' 'and nothing was predicted'

# many pieces of rows: on any number of threads the same lines, in order
awk 'BEGIN { print "Id,Rooms,Type"; for (i = 0; i < 60000; i++) printf "%d,%d,%s\n", i, i % 9, i % 3 ? "h" : "\"u,\"" }' >many.csv
rai-train --predict m --threads 1 many.csv >one
rai-train --predict m --threads 3 many.csv >three
is "$(wc -l <one)" 60000 'a line for every row'
ok 'on several threads the same' cmp one three
awk -F, 'NR > 1 { printf "{\"Id\":%s,\"Rooms\":%s,\"Type\":%s}\n", $1, $2, (NF > 3 ? "\"u,\"" : "\"" $3 "\"") }' many.csv >many.jsonl
rai-train --predict m many.jsonl >lines
ok 'from JSON lines the same' cmp one lines
awk 'NR == 50001 { print "1,many,h"; next } { print }' many.csv >broken.csv
run rai-train --predict m --threads 3 broken.csv
status 2 'an error far into the rows'
stderr_has 'broken.csv:50001: Rooms: "many" is not a number' 'with its line'
ok 'what was printed is right, and ends before the row' sh -c 'n=$(wc -l <"$1") && [ "$n" -lt 50000 ] && head -n "$n" one | cmp -s - "$1"' _ "$T/out"
run sh -c 'rai-train --predict m many.csv >/dev/full'
stderr_has 'stdout: No space left on device' 'a full disk is an error'
