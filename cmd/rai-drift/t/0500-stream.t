#!/bin/sh
. ci/tap.sh
cleanup() { kill $pids 2>/dev/null; wait; }
pids=
. cmd/rai-drift/t/prepare.sh
log 0 --rows 1000 >clean.jsonl
log 1000 --rows 1000 --inflate 40 >moved.jsonl
has() { grep -q "$1" "$2"; }

# events leave while the stream goes on; labels come late
mkfifo pipe
rai-drift --model m.safetensors <pipe >out 2>err & pids=$!
exec 7>pipe
cat clean.jsonl >&7
grep prediction moved.jsonl >&7
[ -s out ]; is $? 1 'without labels nothing is seen'
grep feedback moved.jsonl >&7
ok 'the late labels bring the event at once' wait_for 10 has drift.detected out
exec 7>&-
wait $pids; is $? 1 'the status is the last verdict'
is "$(grep -c '"advice":"retrain"' out)" 1 'one event asks for a retrain'

# any cut of the bytes gives the same events
cat clean.jsonl moved.jsonl >all.jsonl
python3 - <<'PY' >dribble
import subprocess, random
data = open("all.jsonl", "rb").read()
p = subprocess.Popen(["rai-drift", "--model", "m.safetensors", "--now", "2026-11-24T00:00:00Z"],
                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
rng, at = random.Random(1), 0
while at < len(data):
    n = rng.randrange(1, 4000)
    p.stdin.write(data[at:at + n])
    p.stdin.flush()
    at += n
p.stdin.close()
print(p.stdout.read().decode(), end="")
PY
cat all.jsonl | rai-drift --model m.safetensors --now 2026-11-24T00:00:00Z >whole
ok 'cut anywhere' cmp -s dribble whole
is "$(wc -l <whole)" 1 'the one event'

# files that grow, are rotated and truncated
cp clean.jsonl a.log; rm -f b.log
rai-drift --model m.safetensors --follow a.log b.log >out 2>err & pids=$!
wait_for 10 sh -c "ls -l /proc/$pids/fd | grep -q a.log"
head -n 500 moved.jsonl >>a.log
sed -n 501,1000p moved.jsonl >>b.log
mv a.log a.log.1
sed -n 1001,1500p moved.jsonl >>a.log.1
sed -n 1501,1990p moved.jsonl >a.log
sed -n 1991,2000p moved.jsonl | head -c 1000 >>a.log
[ -s out ]; is $? 1 'not before the window is full'
sed -n 1991,2000p moved.jsonl | tail -c +1001 >>a.log
ok 'found across rotation' wait_for 10 has drift.detected out
kill -TERM $pids; wait $pids; is $? 1 'ends by SIGTERM with the standing verdict'
is "$(cat err)" '' 'nothing was lost'
pids=

# a stream of another model is told at once
mkfifo pipe2
rai-drift --model m.safetensors <pipe2 >out 2>err & pids=$!
exec 7>pipe2
sed 's/sha256:..../sha256:0000/' clean.jsonl | head -n 3 >&7
ok 'predictions of another model are told while they come' wait_for 10 has 'stdin:1: a prediction of another model' err
exec 7>&-
wait $pids; is $? 4 'and are no evidence'
pids=
