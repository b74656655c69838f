#!/bin/sh
# Killed while it trains, it goes on where it was, does only the rest, and ends with the same bytes.
. ci/tap.sh
plan 25

cd "$T" || exit 1
market --rows 1500 --seed 1 >rows.csv
cat >rai.yaml <<'END'
version: 1
models:
  m:
    data: { source: rows.csv }
    target: { column: Price, transform: log }
    features: { drop: [Address], dates: { Date: day-first } }
    train:
      candidates: [linear, { forest: { trees: 20 } }, tree]
      search: { model: { forest: { trees: 30 } }, draws: 10, folds: 3, space: { max_depth: [3, 7, 12], min_samples_leaf: { from: 1, to: 20 } } }
    gate: { against: nothing }
END
lines() { [ "$(wc -l <"$1" 2>/dev/null || echo 0)" -gt "$2" ]; }
rai-train -o whole >/dev/null
want=$(sha256sum <whole)
ok 'uninterrupted, nothing is left' test ! -e whole.journal
# 3 candidates, 10 draws x 3 folds, and the winner
for after in 1 12 24; do
	rai-train -o part --threads 1 >/dev/null 2>&1 &
	pid=$!
	wait_for 60 lines part.journal "$after"
	kill -9 $pid
	wait $pid 2>/dev/null
	ok "killed after $after: there is no model" test ! -e part
	known=$(($(wc -l <part.journal) - 1))
	ok "and a journal of some" test "$known" -ge "$after" -a "$known" -lt 34
	run rai-train -o part
	status 0 'again'
	stderr_has "part.journal: going on with what an interrupted training has measured ($known)" 'it goes on'
	is "$(sha256sum <part)" "$want" 'to the same bytes'
	ok 'and leaves nothing' test ! -e part.journal
	rm -f part
done

# only the rest is done: what the journal says is believed
rai-train -o part --threads 1 >/dev/null 2>&1 &
pid=$!
wait_for 60 lines part.journal 20
kill -9 $pid
wait $pid 2>/dev/null
cp part.journal kept
python3 - <<'END'
import json
lines = open("kept").read().splitlines()
for i, line in enumerate(lines[1:], 1):
    v = json.loads(line)
    if v["trial"] == "candidate.0.0":
        v["metrics"][0] = 0.99999
        lines[i] = json.dumps(v)
open("part.journal", "w").write("\n".join(lines) + "\n")
END
run rai-train -o part
ok 'it is not measured again' grep -q '"kind":"linear","parameters":{},"split"' "$T/out"
rm -f part
cp kept part.journal
printf '{"trial":"candidate.9.0","met' >>part.journal
run rai-train -o part
is "$(sha256sum <part)" "$want" 'a line that was cut off does no harm'
cp kept part.journal
run rai-train -o part --seed 5
stderr_has 'part.journal: of another training, begun anew' 'of another seed'
cp kept part.journal
run rai-train -o part --no-resume
stderr '' 'not to be resumed'
is "$(sha256sum <part)" "$want" 'the same bytes all the same'
echo 'not a journal' >part.journal
run rai-train -o part
stderr_has 'of another training, begun anew' 'nonsense'
