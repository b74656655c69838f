#!/bin/sh
# No altered byte of a model file changes an answer: the file is refused, or answers the same.
. ci/tap.sh
plan 3

cd "$T" || exit 1
market --rows 80 --seed 3 >rows.csv
printf 'version: 1\nmodels:\n  m:\n    data: { source: rows.csv }\n    target: { column: Price, transform: log }\n    features: { use: [Rooms, Type, Date], dates: { Date: day-first } }\n    train: { candidates: [{ tree: { max_depth: 3 } }] }\n' >rai.yaml
rai-train -o model >/dev/null
head -20 rows.csv >ask.csv
rai-train --predict model ask.csv >want
cat >alter.py <<'END'
import random, subprocess
random.seed(7)
good = open("model", "rb").read()
want = open("want").read()
refused = same = wrong = 0
places = random.sample(range(len(good)), 120) + list(range(len(good) - 40, len(good)))
for i in places:
    b = bytearray(good)
    b[i] ^= 1 << random.randrange(8)
    open("altered", "wb").write(b)
    r = subprocess.run(["rai-train", "--predict", "altered", "ask.csv"], capture_output=True, text=True)
    if r.returncode == 0 and r.stdout == want:
        same += 1
    elif r.returncode == 2 and r.stdout == "" and r.stderr.startswith("rai-train: altered: "):
        refused += 1
    else:
        wrong += 1
        print("# byte", i, r.returncode, r.stderr)
print("wrong", wrong, "refused at least nine of ten", refused >= 0.9 * len(places))
END
run python3 alter.py
stdout 'wrong 0 refused at least nine of ten True' 'every altered byte is refused or harmless'
head -c 100 /dev/urandom >>model
run rai-train --predict model ask.csv
status 2 'bytes added'
: >model
run rai-train --predict model ask.csv
status 2 'an empty file'
