#!/bin/sh
# The gate's checks beside thresholds and champion: critical cases, slices, new rows.
. ci/tap.sh
plan 41

cd "$T" || exit 1
# declare_loop GATE [TARGET]
declare_loop() {
	cat >rai.yaml <<-END
		version: 1
		models:
		  house-price:
		    data: { source: houses.csv }
		    target: { column: ${2:-Price, transform: none} }
		    task: ${3:-regression}
		    features: { drop: [Address], dates: { Date: day-first } }
		    train: { candidates: [${4:-forest: { trees: 10 \}}] }
		    gate: $1
	END
}
field() { jq -r ".data | $1" "$T/out"; }
market --rows 1200 --seed 3 >houses.csv

# --- critical cases ---
declare_loop '{ against: nothing, cases: cases.csv }'
printf 'case,Rooms,Type,Distance,at_least,at_most\nsmall flat,1,u,15,50000,1500000\n"big house, near",5,h,3,300000,\n' >cases.csv
run rai-train -o m
status 0 'cases that hold'
is "$(field '.gate.checks[0] | .name, .passed, .message')" "cases
true
all 2 cases hold" 'are counted'
printf 'case,Rooms,Type,Distance,at_least,at_most\nsmall flat,1,u,15,50000,1500000\n"big house, near",5,h,3,,1000\nanother,4,h,3,,1000\n' >cases.csv
rm -f m
run rai-train -o m
status 1 'a case that fails'
is "$(field '.gate.checks[0].passed')" false 'fails the gate'
like=$(field '.gate.checks[0].message' | sed 's/: [0-9.e+]* is/: X is/')
is "$like" '2 of 3 fail; the first is line 3 (big house, near): X is above at_most 1000' 'and is named with its line'
ok 'no file' test ! -e m
bad() { # bad TEXT WORDS NAME
	printf "$1" >cases.csv
	run rai-train -o m
	status 2 "$3"
	stderr_has "$2" 'said so'
}
bad 'Rooms,at_most\n2,\n' 'cases.csv:2: a case needs at_least or at_most' 'a case without a bound'
bad 'Roms,at_most\n2,3\n' 'cases.csv:1: column "Roms" is neither' 'an unknown column'
bad 'Rooms,at_most\ntwo,3\n' 'cases.csv:2: Rooms' 'text in a number'
bad 'Rooms,at_most\n2,much\n' 'cases.csv:2: the bound' 'text in a bound'
bad 'Rooms,at_most\n' 'no cases after the header' 'no case'
bad 'Rooms,at_least,at_most\n2,9,3\n' 'cases.csv:2: at_least 9 is above at_most 3' 'bounds that nothing meets'
bad 'Rooms,at_most,expect\n2,3,h\n' 'cases.csv:2: a case of a number takes no expect' 'a class for a number'
rm cases.csv
run rai-train -o m
status 2 'no such file'
stderr_has 'gate.cases: ' 'is an error of the gate'

# --- slices ---
declare_loop '{ metric: mape, against: nothing, slices: { by: [Type, Rooms], worst_gap: 0.5 } }'
run rai-train -o m
status 0 'no slice is worse by 50 points'
is "$(field '[.gate.checks[].name] | join(" ")')" 'slices slices' 'one check per column'
is "$(field '[.slices[] | select(.slice | startswith("Type="))] | map(.rows) | add')" "$(field .split.test_rows)" 'the slices of a column are the whole hold-out'
declare_loop '{ metric: mape, against: nothing, slices: { by: Type, worst_gap: 0.0001, min_rows: 20 } }'
# every price of one type is wrong by a factor that no feature explains
awk -F, 'BEGIN { OFS = "," } NR > 1 && $4 == "t" { $5 = int($5 * (NR % 2 ? 4 : 0.25)) } { print }' houses.csv >odd.csv
run rai-train odd.csv -o m
status 1 'a bad slice fails the gate'
stderr '' 'quietly'
is "$(field '.slices[] | select(.slice == "Type=t").passed')" false 'the slice is marked'
stdout_has 'worst is Type=t' 'and named'
declare_loop '{ metric: mape, against: nothing, slices: { by: Type, worst_gap: 0.0001, min_rows: 100000 } }'
run rai-train odd.csv -o m
status 0 'nothing is said of slices with too few rows'
stdout_has 'cannot tell: none of 3 slices' 'which is said'
declare_loop '{ against: nothing, slices: { by: Type } }'
run rai-train -o m
status 2 'no limit'
stderr_has 'worst_gap' 'is asked for'
declare_loop '{ against: nothing, slices: { by: [Type, Tipe], worst_gap: 1 } }'
run rai-train -o m
status 2 'no such column'
stderr_has 'models.house-price.gate.slices.by: no input column "Tipe"' 'is named'
ok 'before there is any work' test ! -s m.journal
all=$(for i in $(seq 29); do printf 'Rooms, '; done)
declare_loop "{ against: nothing, slices: { by: [$all], worst_gap: 1 } }"
run rai-train -o m
status 2 'more columns than there is room for'
stderr_has 'gate.slices.by: 29 columns, where at most 28 are handled' 'are counted'
declare_loop "{ against: nothing, slices: { by: [${all#Rooms, }], worst_gap: 99 } }"
run rai-train -o m
status 0 'as many as there is room for'

# --- new rows ---
declare_loop '{ against: champion, new_rows_at_most: 0.3 }'
market --rows 600 --seed 4 --from 2016-01-01 --days 180 >houses.csv
run rai-train -o first --champion ''
market --rows 600 --seed 5 --from 2016-07-01 --days 180 >more.csv
tail -n +2 more.csv >>houses.csv
run rai-train -o second --champion first
status 1 'half of the rows are new'
is "$(field '.gate.checks[] | select(.name == "new_rows") | .passed')" false 'which is more than 0.3'
