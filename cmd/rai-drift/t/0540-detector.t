#!/bin/sh
. ci/tap.sh
cleanup() { kill $pids 2>/dev/null; wait; }
pids=
. cmd/rai-drift/t/prepare.sh
now='--now 2026-11-24T00:00:00Z'
drift() {
	case " $* " in *' --detector '*) watch= ;; *) watch='--detector cusum' ;; esac
	rai-drift --model m.safetensors $now --window 2000 $watch "$@"
}
# told FILE: of each event the advice and the streams of its alarms
told() { python3 -c 'import json, sys
for line in open(sys.argv[1]):
    d = json.loads(line)["data"]
    print(d["advice"], *(a["stream"] for a in d["alarms"]))' "$1"; }

# nothing has moved
# rows in no order, as those that the model learned from: the market has seasons
market --seed 5 --rows 6000 | python3 -c 'import random, sys
head, *rows = sys.stdin.readlines()
random.seed(1)
random.shuffle(rows)
sys.stdout.writelines([head, *rows])' >rows.csv
"$logs" m.safetensors rows.csv "$digest" 0 >clean.jsonl
cat clean.jsonl | drift >out; is "$? $(cat out)" '0 ' '6,000 clean rows are silent'
cat clean.jsonl | drift --detector cusum,inputs >out; is "$? $(cat out)" '0 ' 'with the inputs watched too'

# prices 10 % higher from row 2001 on, seen long before the window of 2,000 is full
head -n 4000 clean.jsonl >all.jsonl
log 2000 --rows 1000 --inflate 10 >>all.jsonl
cat all.jsonl | drift --window 5000 >out; is "$?" 1 'prices 10 % higher'
is "$(field type)" ai.reconciled.drift.detected.v1 'are told'
ok 'about where and when they rose' python3 -c 'import json
d = json.loads(open("out").readline())["data"]
a, = d["alarms"]
assert a["about"] == "target" and a["stream"] == "residual" and a["detector"] == "cusum", a
assert abs(a["row"] - 2001) < 60 and a["since"].startswith("2026-11-23T05:3"), a
assert a["values"] < 300 and abs(a["after"] - a["before"] - 0.095) < 0.05, a
assert a["before"] != a["after"] and d["advice"] == "wait", d
assert d["message"].startswith("the target moved; the actual values are "), d["message"]'
cat all.jsonl | drift --window 5000 --retrain-on drift >out
is "$(field data.advice)" retrain 'who wants a retrain on drift is advised one'
cat all.jsonl | drift --window 5000 --detector none >out; is "$?" 4 'windows alone are not full'

# how soon: the rows that are needed
head -n 4000 clean.jsonl >half.jsonl
log 2000 --rows 1000 --inflate 40 >moved.jsonl
mkfifo pipe
drift --window 5000 <pipe >out 2>err & pids=$!
exec 7>pipe
cat half.jsonl >&7
head -n 240 moved.jsonl >&7
ok 'prices 40 % higher: known within 120 pairs, while they come' wait_for 10 grep -q '"advice":"retrain"' out
exec 7>&-
wait $pids; is $? 1 'and they stand'
pids=
is "$(told out)" 'retrain error' 'which cost too much'

# a window that follows agrees, or says that it is over
{ cat half.jsonl moved.jsonl; log 3000 --rows 2500; } >back.jsonl
cat back.jsonl | drift --window 500 >out; is $? 0 'back where they were'
is "$(told out | tr '\n' ' ')" 'retrain error residual wait ' 'and cleared'
drift --window 500 half.jsonl moved.jsonl >out
is "$(field data.alarms) $(field data.accuracy.worse)" '[] True' 'of files, what the windows found in the end'

# inputs alone never ask for a retrain; what is broken is no drift
log 2000 --rows 400 --mix 0.5 >mix.jsonl
grep '"prediction"' mix.jsonl | cat half.jsonl - >mixed.jsonl
for on in error drift; do
	cat mixed.jsonl | drift --window 5000 --detector cusum,inputs --retrain-on $on >out
	is "$? $(field data.advice)" '1 get-labels' "inputs that moved ask for labels (retrain on $on)"
done
ok 'and are named' python3 -c 'import json
a, = json.loads(open("out").readline())["data"]["alarms"]
assert a["about"] == "inputs" and abs(a["row"] - 2001) < 60, a'
for unit in Rooms=1000 Landsize=10.764 Distance=0.001; do
	log 2000 --rows 1000 --unit $unit | cat half.jsonl - >unit.jsonl
	cat unit.jsonl | drift --window 500 --detector cusum,inputs >out
	is "$? $(grep -c drift.detected out)" '3 0' "$unit: broken, never drift"
done
python3 - <<'PY'
import json
with open("cents.jsonl", "w") as f:
    for i, line in enumerate(open("clean.jsonl")):
        d = json.loads(line)
        if d["type"] == "feedback" and i >= 4000:
            d["actual"] *= 100
        print(json.dumps(d), file=f)
PY
cat cents.jsonl | drift --window 500 >out
is "$? $(grep -c drift.detected out)" '3 0' 'labels in cents: broken, never drift'

# however the stream is split, also in the middle of a change
cp back.jsonl a.log
drift --window 500 --detector cusum,inputs,adwin,kswin,page-hinkley --state one.state a.log >whole
size=$(wc -c <back.jsonl); rm -f b.*; : >pieces; at=0
moved=$(wc -c <half.jsonl)
for to in 1000 $((moved - 5000)) $((moved + 9000)) $((moved + 12345)) $((moved + 30000)) $((moved + 60001)) 2000000 "$size"; do
	tail -c +$((at + 1)) back.jsonl | head -c $((to - at)) >>b.log; at=$to
	drift --window 500 --detector cusum,inputs,adwin,kswin,page-hinkley --state b.state b.log >>pieces
	[ $? -lt 5 ] || break
done
ok 'any split gives the same alarms' cmp -s whole pieces
ok 'of which there are some' grep -q '"alarms":\[{' whole
run drift --window 500 --state b.state b.log
status 2 'a state of other detectors'
stderr_has 'was made with another --detector ("cusum,inputs,adwin,kswin,page-hinkley", now "cusum")' 'is refused'

# killed with a state, and on
head -c $((moved + 90000)) back.jsonl >f.log; : >pieces
follow() {
	rai-drift --model m.safetensors $now --detector cusum --window 500 --state f.state --follow f.log >>pieces 2>err & pids=$!
}
follow
wait_for 10 grep -q '"alarms":\[{' pieces; is $? 0 'an alarm while it is followed'
kill -TERM $pids; wait $pids; is $? 1 'stopped'
tail -c +$((moved + 90001)) back.jsonl >>f.log
follow
wait_for 10 grep -q drift.cleared pieces; is $? 0 'cleared when it goes on'
kill -TERM $pids; wait $pids
pids=
drift --window 500 --state two.state a.log >whole
ok 'the same events' cmp -s whole pieces

# what it takes
for bad in cusm cusum, none,cusum inputs adwin,inputs; do
	run drift --detector "$bad" all.jsonl
	status 2 "--detector $bad"
	stderr_has '--detector: "' 'says why'
	stdout '' 'and nothing else'
done
run drift --detector ddm all.jsonl
status 2 'ddm counts wrong answers'
stderr_has 'it is for models that predict classes' 'which numbers have not'
sed 's/window: 400/window: 5000, detector: cusum/' rai.yaml >on.yaml
cat all.jsonl | rai-drift --model m.safetensors $now --window 5000 >out; is $? 4 'who does not ask has none'
cat all.jsonl | rai-drift --model m.safetensors -c on.yaml >out; is $? 1 'rai.yaml turns it on'
cat all.jsonl | rai-drift --model m.safetensors -c on.yaml --detector none >out; is $? 4 'and the command line off'
sed 's/window: 400/detector: maybe/' rai.yaml >bad.yaml
run rai-drift --model m.safetensors -c bad.yaml all.jsonl
status 2 'a detector that is none in rai.yaml'
stderr_has 'bad.yaml:9:24: models.house-price.drift.detector: "maybe" is not cusum' 'is named with its place'
