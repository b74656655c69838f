#!/bin/sh
# Inputs that are the target in another form: named and dropped, unless told otherwise.
. ci/tap.sh
plan 18

field() { python3 -c 'import json,sys
v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."):
    v = v[k]
print(json.dumps(v))' "$T/out" "$1"; }
declare_loop() { # features
	cat >rai.yaml <<-END
	version: 1
	models:
	  m:
	    data: { source: rows.csv }
	    target: { column: Price }
	    features: $1
	    train: { candidates: [linear] }
	END
}
line() { grep "^$1	" "$T/out" | tr '\t' '|' | cut -d'|' -f1,6; }
cd "$T" || exit 1
awk 'BEGIN { srand(3); print "Rooms,LogPrice,Place,Price"
	for (i = 0; i < 400; i++) {
		rooms = int(rand() * 6) + 1; price = int((100 + 80 * rooms + 90 * rand() * rooms) * 10) / 10
		printf "%d,%.6f,p%d,%.1f\n", rooms, log(price), rand() * 5, price } }' >rows.csv

declare_loop '{ impute: { LogPrice: mode } }'
run rai-train -o m
status 0 'it is trained, and what was said of the column does not matter'
is "$(field data.data.leaks)" '["LogPrice"]' 'the event names the column'
stderr_has 'rows.csv: column "LogPrice" is the target "Price" in another form: dropped (features: { leak: keep } keeps it)' 'so does a warning'
is "$(grep -c LogPrice m)" 0 'the model knows nothing of it'
run rai-train -o m --report --champion ''
stderr_has '  LogPrice is the target in another form: dropped' 'and the report'
run rai-train --verify m
status 0 'trained again it is dropped again'
run rai-train --describe
is "$(line LogPrice)" 'LogPrice|the target in another form: dropped' 'the description says so'
is "$(line Rooms)" 'Rooms|as it is' 'of no other column'
printf 'Rooms,Place\n3,p1\n' | rai-train --predict m >one 2>"$T/err"
is "$(wc -l <one)" 1 'predictions need no such column'

declare_loop '{ leak: keep }'
run rai-train -o k
is "$(field data.data.leaks)" '["LogPrice"]' 'kept it is named too'
stderr_has 'in another form: kept, as features.leak says' 'with what was done'
ok 'the model has it' grep -q LogPrice k
run rai-train --describe
is "$(line LogPrice)" 'LogPrice|the target in another form; as it is' 'and the description'

declare_loop '{ leak: fail }'
run rai-train -o f
status 2 'or nothing is trained'
stderr 'rai-train: rows.csv: column "LogPrice" is the target "Price" in another form (features: { drop: [...] }, or { leak: keep } when it is known before the target)' 'and the reason is the column'

declare_loop '{ use: [LogPrice] }'
run rai-train -o f
stderr_has 'no other input is there: "LogPrice" is the target' 'nothing is left without the only input'
declare_loop '{ drop: [LogPrice] }'
run rai-train -o d
is "$(field data.data.leaks)" '[]' 'a column that was dropped by hand is no leak'
declare_loop '{ leak: ask }'
run rai-train -o f
stderr_has 'features.leak: "ask" is not one of: drop, keep, fail' 'another word is refused'
