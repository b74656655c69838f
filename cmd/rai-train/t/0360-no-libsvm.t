#!/bin/sh
# Where libsvm is not installed support vector machines cannot be trained, and all else goes on.
. ci/tap.sh
plan 9
cd "$T" || exit 1
market --rows 300 --seed 5 >data.csv
for kind in svr tree; do
	cat >$kind.yaml <<-END
		version: 1
		models:
		  m:
		    data: { source: data.csv }
		    target: { column: Price }
		    features: { use: [Rooms, Distance, Landsize], duplicates: keep }
		    train: { candidates: [$kind] }
		    gate: { metric: r2, at_least: -9 }
	END
done
run rai-train -c svr.yaml -o m
status 0 'with libsvm'
printf '{"Rooms":3,"Distance":5,"Landsize":200}\n' >row.jsonl
rai-serve --model m --stdin <row.jsonl | jq .prediction >with

# the system finds this before its own
mkdir none && : >none/libsvm.so.3
LD_LIBRARY_PATH="$T/none${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" && export LD_LIBRARY_PATH
run rai-train -c svr.yaml -o none.m
status 2 'without it: an error'
stderr_has 'libsvm.so.3' 'that names the library'
stderr_has 'support vector machines need libsvm' 'and says what needs it'
ok 'and no model' [ ! -e none.m ]
run rai-train -c tree.yaml -o tree.m
status 0 'a tree is trained'
rai-serve --model m --stdin <row.jsonl | jq .prediction >without
ok 'the model of before predicts' [ -s without ]
is "$(cat without)" "$(cat with)" 'the same without the library'
run rai-train --verify -c svr.yaml m
status 2 'to train it again is not possible'
