#!/bin/sh
# --quarantine: malformed rows are set aside and counted; too many of them are an error.
. ci/tap.sh
plan 22

cd "$T" || exit 1
market --rows 200 --seed 1 >good.csv
(head -40 good.csv && echo 'a,b,c' && sed -n '41,80p' good.csv && printf 'x,"y"z\n' && tail -n +81 good.csv) >bad.csv
loop() { printf 'version: 1\nmodels:\n  m:\n    data: { source: %s, refused_at_most: %s }\n    target: { column: Price }\n    features: { drop: [Address], dates: { Date: day-first } }\n    train: { candidates: [linear] }\n    gate: { metric: r2, against: nothing }\n' "$1" "$2" >rai.yaml; }
weights() { python3 -c 'import hashlib, sys
b = open(sys.argv[1], "rb").read()
print(hashlib.sha256(b[8 + int.from_bytes(b[:8], "little"):]).hexdigest())' "$1"; }

loop good.csv 0.05
run rai-train -o good
status 0 'a good file'
is "$(jq -c .data.data.refused out)" "$(jq -c '.data.data.refused | .fields = 0 | .quotes = 0 | .value = 0 | .encoding = 0 | .json = 0' out)" 'has no malformed rows'
loop bad.csv 0.05
run rai-train -o m
status 2 'malformed rows are an error'
stderr_has 'bad.csv:41: 3 fields, where the header has 21' 'at the first one'
run rai-train -o m --quarantine q.jsonl
status 0 'with --quarantine the model is made'
is "$(jq -c '.data.data.refused | [.fields, .quotes, .value]' out)" '[1,1,0]' 'and the event counts them'
is "$(jq .data.data.rows out)" "$(rai-train -o again -m m good.csv | jq .data.data.rows)" 'all other rows are there'
is "$(weights m)" "$(weights good)" 'the weights are those of the good file'
is "$(jq -c 'select(.text) | [.line, .file, .kind, .text]' q.jsonl)" '[41,"bad.csv","fields","a,b,c"]
[82,"bad.csv","quotes","x,\"y\"z"]' 'the file names each row'
is "$(jq -r 'select(.row) | .kind' q.jsonl | sort -u | tr '\n' ' ')" "$(jq -r '.data.data.refused | to_entries[] | select(.value > 0 and (.key == "no_target" or .key == "duplicate")) | .key' out | sort | tr '\n' ' ')" 'those left out anyway are in it, with their fields'
is "$(jq -c 'select(.row) | .row | length' q.jsonl | sort -u)" "$(jq -c 'select(.row) | 21' q.jsonl | sort -u)" 'all of them'
run rai-train --verify m --quarantine q2.jsonl
status 0 'it is verified with it'
ok 'and the same rows are set aside' cmp q.jsonl q2.jsonl
run rai-train --report -o m --quarantine q.jsonl
stderr_has '2 malformed)' 'the report counts them'

loop bad.csv 0.001
rm m q.jsonl
run rai-train -o m --quarantine q.jsonl
status 2 'more than may be'
stderr_has 'rows are malformed, more than data.refused_at_most (0.001) allows; the first: bad.csv:41: 3 fields' 'is said with the first of them'
ok 'no model is made' test ! -e m
is "$(grep -c '"text"' q.jsonl)" 2 'but the rows can be looked at'
loop bad.csv 1
run rai-train -o m
stderr_has 'models.m.data.refused_at_most: must be a share from 0, below 1' 'all rows is no share'
loop bad.csv 0.05
run rai-train -o m --quarantine /proc/nowhere/q
status 2 'a file that cannot be written'
stderr_has '/proc/nowhere' 'is an error'
ok 'and no model is made' test ! -e m
