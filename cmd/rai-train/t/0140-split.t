#!/bin/sh
# How rows are set apart: every rule of split, what the event says of it, and what is refused.
. ci/tap.sh
plan 38

field() { python3 -c 'import json,sys
v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."):
    v = v[int(k)] if k.isdigit() else v[k]
print(json.dumps(v))' "$T/out" "$1"; }
with() { # split, features
	printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: y }\n    features: %s\n    split: %s\n    train: { candidates: [ridge] }\n    gate: { against: nothing }\n' "${2:-{ \}}" "$1" >rai.yaml
	run rai-train -o m
}
inputs() { python3 -c 'import json,struct
b = open("m", "rb").read(); n = struct.unpack("<Q", b[:8])[0]
s = json.loads(json.loads(b[8:8+n])["__metadata__"]["rai.schema"])
print(*[c["name"] for c in s["columns"]])'; }

cd "$T" || exit 1
python3 -c '
print("x,day,seller,is_test,y")
for i in range(200):
    x = i * 7919 % 200
    print(f"{x},2017-{i % 12 + 1:02d}-01,s{x % 9},{int(i % 4 == 0)},{3 * x + i * i % 7}")' >rows.csv
with '{ test: 0.3 }'
status 0 'random'
is "$(field data.split.rule) $(field data.split.by) $(field data.split.test) $(field data.split.boundary)" '"random" "random" 0.3 null' 'in the event'
is "$(field data.split.test_rows)" 60 'by the share'
with '{ by: stratified }'
is "$(field data.split.rule) $(field data.split.test_rows)" '"stratified" 40' 'stratified, a fifth by default'
with '{ by: day, test: 0.1 }'
is "$(field data.split.rule) $(field data.split.by) $(field data.split.boundary)" '"newest" "day" "2017-11-01"' 'by date'
with '{ by: day, before: 2017-10-01 }'
is "$(field data.split.boundary) $(field data.split.test)" '"2017-10-01" null' 'before a day'
is "$(field data.split.test_rows)" 48 'rows from that day on'
is "$(inputs)" 'x day seller is_test' 'the date is an input too'
with '{ by: day, before: 2017-10-01 }' '{ drop: [day, is_test] }'
is "$(field data.split.boundary) $(field data.data.newest)" '"2017-10-01" "2017-12-01"' 'a dropped date still splits'
is "$(inputs)" 'x seller' 'and is no input'
with '{ by: { newest: x }, before: 150 }'
is "$(field data.split.boundary) $(field data.split.test_rows)" '150 50' 'a number'
with '{ by: { group: seller } }'
is "$(field data.split.rule) $(field data.split.by)" '"group" "seller"' 'by group'
is "$(inputs)" 'x day seller is_test' 'the group is an input as well'
with '{ by: { group: seller } }' '{ use: [x] }'
is "$(inputs)" 'x' 'unless it is not used'
with '{ by: { column: is_test } }'
is "$(field data.split.rule) $(field data.split.test_rows)" '"declared" 50' 'by a column'
is "$(inputs)" 'x day seller' 'which is no input'
with '{ by: { column: is_test } }' '{ use: [x, is_test] }'
is "$(inputs)" 'x' 'even when it is among those to use'
ok 'the report says it' sh -c 'rai-train -o m --report 2>&1 >/dev/null | grep -q "held out by is_test"'

refused() {
	status 2 "$2: status 2"
	stderr_has "$1" "$2: says why"
}
with '{ by: dya }'
refused 'no column "dya"' 'no such column'
with '{ by: seller }'
refused 'rai.yaml:7:18: models.m.split: column "seller" holds categories' 'categories have no newest'
with '{ by: { grp: seller } }'
refused 'rai.yaml:7:18: models.m.split.by: must be random, stratified, a date or number column' 'an unknown rule'
with '{ by: { column: x } }'
refused 'rai.yaml:7:18: models.m.split: column "x" says' 'a column that does not say it'
with '{ before: 2017-01-01 }'
refused 'rai.yaml:7:22: models.m.split.before: must be a date or number' 'before what'
with '{ by: day, before: soon }'
refused 'rai.yaml:7:31: models.m.split: before: day: "soon" is not a date' 'no date'
with '{ by: day, before: 2017-05-01, test: 0.2 }'
refused 'instead of test' 'before and test'
with '{ by: { column: is_test }, test: 0.2 }'
refused 'test and by: { column: .. } exclude each other' 'a column and a share'
with '{ test: 1.5 }'
refused 'models.m.split.test: must be between 0 and 1' 'more than all'
with '{ by: day, before: 2027-05-01 }'
refused 'no row from 2027-05-01 on' 'nothing held out'
