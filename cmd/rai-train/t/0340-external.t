#!/bin/sh
# A program of somebody else trains and answers, under our split, gate and report.
. ci/tap.sh
plan 37

export TMPDIR="$T/tmp"; mkdir "$TMPDIR"
trainer=$top/cmd/rai-train/t/mean.py
cd "$T" || exit 1
market --rows 900 --seed 3 >houses.csv
# declare_loop CANDIDATES EXTERNAL [TARGET TASK]
declare_loop() {
	cat >rai.yaml <<-END
		version: 1
		models:
		  house-price:
		    data: { source: houses.csv }
		    target: { column: ${3:-Price}, transform: none }
		    task: ${4:-regression}
		    features: { drop: [Address], dates: { Date: day-first } }
		    train: { candidates: [$1], external: [$2] }
		    gate: { against: champion }
	END
}
field() { jq -r ".data | $1" "$T/out"; }
scratch() { ls "$TMPDIR" | grep -c '^rai-external'; }

declare_loop external "python3, $trainer"
run rai-train -o m
status 0 'trained'
is "$(field .kind)" external 'by the program'
run rai-train -o m
status 0 'and again, against itself as the champion'
stdout_has 'as good as the champion' 'which is as good'
run rai-train --verify m
status 0 'verified: the program gives the same bytes'
run rai-train --predict m houses.csv
status 2 'nobody answers without the program'
stderr_has '--external COMMAND' 'which is said'
run rai-train --predict m --external "python3 $trainer" houses.csv
status 0 'with it, it answers'
is "$(wc -l <out)" 900 'one answer a row'
run rai-serve --model m
status 2 'rai-serve does not run programs'
stderr_has 'answered by a program of its own' 'and says so'
declare_loop 'linear, tree, external' "python3, $trainer"
run rai-train -o chosen --champion ''
status 0 'one candidate among others'
is "$(field '[.candidates[].kind] | join(" ")')" 'linear tree external' 'all were tried'
declare_loop 'linear' ''
run rai-train -o option --champion '' --external "python3 $trainer"
is "$(field .kind)" external '--external alone decides'
ok 'the same bytes but for rai.yaml' test "$(rai-train --predict option --external "python3 $trainer" houses.csv | sha256sum)" = "$(rai-train --predict m --external "python3 $trainer" houses.csv | sha256sum)"
declare_loop external "python3, $trainer" Type classification
run rai-train -o classes --champion ''
status 0 'classes'
is "$(rai-train --predict classes --external "python3 $trainer" houses.csv | sort -u)" h 'the most frequent one'

bad() { # bad TROUBLE WORDS
	declare_loop external "python3, $trainer, $1" "${3:-Price}" "${4:-regression}"
	run rai-train -o none --champion ''
	status 2 "$1"
	stderr_has "$2" 'says what'
}
bad train-dies 'ended with status 3'
bad train-says-nothing 'ended before it had answered'
bad train-stays 'has trained and does not end'
bad ask-dies 'ended by signal 9'
bad ask-text 'an answer: '
bad ask-shares 'one probability per class' Type classification
bad ask-below 'none below 0' Type classification
declare_loop external "python3, $trainer, ask-stays"
run timeout -s KILL 60 rai-train -o stays --champion ''
status 0 'one that does not end when it is told to is ended'
ok 'and leaves no process' test -z "$(pgrep -f "$trainer [a-z]*-stays")"
declare_loop external /nonexistent/program
run rai-train -o none --champion ''
status 2 'no such program'
stderr_has 'cannot run /nonexistent/program' 'is named'
declare_loop external ''
run rai-train -o none --champion ''
status 2 'no program'
ok 'nothing is left behind' test ! -e none -a "$(scratch)" = 0
