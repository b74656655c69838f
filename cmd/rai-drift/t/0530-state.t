#!/bin/sh
. ci/tap.sh
cleanup() { kill $pids 2>/dev/null; wait; }
pids=
. cmd/rai-drift/t/prepare.sh
drift() { rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z --window 300 "$@"; }
{ log 0 --rows 1000; log 1000 --rows 1000 --inflate 40; log 2000 --rows 1000; } >all.jsonl
size=$(wc -c <all.jsonl)

cp all.jsonl a.log
drift --state one.state a.log >whole; is $? 0 'one run'
is "$(grep -c . whole)" 2 'detected and cleared'
drift --state one.state a.log >out; is $? 0 'a run with nothing new'
is "$(cat out)" '' 'says nothing'

# split KIND: the log grows to the bytes in $cuts, one run after each; now and then it is rotated
split() {
	rm -f b.log* b.state; at=0; i=0; : >pieces; : >err
	for to in $cuts "$size"; do
		tail -c +$((at + 1)) all.jsonl | head -c $((to - at)) >>b.log
		at=$to; i=$((i + 1))
		case $1$((i % 3)) in
		moved2) [ ! -e b.log.1 ] || mv b.log.1 b.log.2; mv b.log b.log.1; : >b.log;;
		copied2) [ ! -e b.log.1 ] || mv b.log.1 b.log.2; cp b.log b.log.1; : >b.log;;
		esac
		drift --state b.state b.log >>pieces 2>>err || [ $? -lt 5 ] || return 1
	done
}
cuts='1 100000 100001 333333 700000 1000000 1000001 1234567 1600000'
split kept; ok 'any split of the bytes gives the events of one run' cmp -s whole pieces
is "$(cat err)" '' 'and nothing to complain about'
cuts=$(python3 -c 'data = open("all.jsonl", "rb").read()
print(*[data.rfind(b"\n", 0, n) + 1 for n in (2000, 100001, 333333, 700000, 1000000, 1234567, 1600000)])')
split moved; ok 'also where the log is rotated' cmp -s whole pieces
is "$(cat err)" '' 'nothing was lost'
split copied; ok 'also where it is copied and truncated' cmp -s whole pieces
is "$(cat err)" '' 'nothing was lost'

# truncated, and nothing tells where the rest is
head -c 900000 all.jsonl >c.log; rm -f c.state
drift --state c.state c.log >pieces; tail -n 20 all.jsonl >c.log
run drift --state c.state c.log
stderr_has 'rotated away or truncated since the run before' 'a truncated log is told'
run drift --state c.state c.log
stderr '' 'once'

# standard input is what follows; a table only looks
head -n 3000 all.jsonl | drift --state d.state >pieces; tail -n +3001 all.jsonl >rest
drift --state d.state --table <rest >table 2>/dev/null
cp d.state before
ok 'a table shows what stands' grep -q 'house-price: none' table
drift --state d.state <rest >>pieces; is $? 0 'from standard input'
ok 'in pieces' cmp -s whole pieces
cmp -s before d.state; is $? 1 'but the table left the state alone'

# rows in pieces
market --seed 5 --rows 2000 --inflate 40 >rows.csv
rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z --state r.state --rows rows.csv >whole
head -n 1 rows.csv >head.csv; : >pieces
for part in 1,300 301,1100 1101,2000; do
	{ cat head.csv; tail -n +2 rows.csv | sed -n "${part}p"; } >part.csv
	rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z --state p.state --rows part.csv >>pieces
done
is "$(grep -c '"advice":"retrain"' whole)" 1 'rows that moved'
# identities hold the words of the row, so that the same events come whatever the pieces
ok 'rows come in pieces too' cmp -s whole pieces

# what is not this stream's
run drift --state one.state --alpha 0.05 a.log
status 2 'another rule'
stderr "rai-drift: one.state: was made with another --alpha (\"0.01\", now \"0.05\"): give that one, or remove the file to begin anew" 'is named'
rai-train -c rai.yaml --seed 7 -o other.safetensors >/dev/null 2>&1
run rai-drift --model other.safetensors --window 300 --state one.state a.log
status 2 'another model'
stderr_has 'one.state: remembers another reference' 'is named'
sed 's/"hot":0/"hot":1/' one.state >bad.state
run drift --state bad.state a.log
status 2 'a damaged state'
stderr_has 'bad.state: is no state, or was damaged' 'is told'
head -c 1000 one.state >bad.state
run drift --state bad.state a.log
status 2 'a state that was cut'
run drift --state m.safetensors a.log
status 2 'a file that is no state'
stderr_has 'm.safetensors: is no state' 'is named'
run drift --state nowhere/x.state a.log
status 2 'a folder that is not there'
stderr_has 'nowhere' 'is named'
ls | grep -c '[.]state[.]' >left; is "$(cat left)" 0 'nothing half written stays'

# followed, stopped, followed again
head -c 1500000 all.jsonl >f.log
follow() {
	rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z --window 300 --state f.state \
		--follow f.log >>pieces 2>err & pids=$!
}
: >pieces; follow
wait_for 10 grep -q drift.detected pieces; is $? 0 'detected while it is followed'
kill -TERM $pids; wait $pids; is $? 1 'stopped'
tail -c +1500001 all.jsonl >>f.log
follow
wait_for 10 grep -q drift.cleared pieces; is $? 0 'cleared when it goes on'
kill -TERM $pids; wait $pids; is $? 0 'stopped again'
pids=
drift --state one2.state a.log >whole
ok 'the same events' cmp -s whole pieces
