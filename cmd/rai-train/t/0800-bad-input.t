#!/bin/sh
# Whatever is wrong: a message with file, line and field, status 2, empty stdout, no file.
. ci/tap.sh

cd "$T" || exit 1
market --rows 60 --seed 1 >good.csv
declare_loop() {
	printf 'version: 1\nmodels:\n  m:\n    data: { source: %s }\n    target: { column: %s }\n    features: { drop: [Address] }\n    train: { candidates: [linear] }\n' "$1" "$2" >rai.yaml
}
alter() { # what becomes of row r, which stands on line i
	python3 -c 'import csv, sys
rows = list(csv.DictReader(open("good.csv", encoding="utf-8-sig")))
w = csv.DictWriter(sys.stdout, rows[0].keys(), lineterminator="\n")
w.writeheader()
for i, r in enumerate(rows, 2):
    w.writerow('"$1"')'
}
refused() { # message, what
	status 2 "$2: status 2"
	stderr_has "$1" "$2: says why"
	stdout '' "$2: nothing on stdout"
	ok "$2: no file" test ! -e m
}
plan 131

declare_loop good.csv Price
run rai-train --frobnicate
refused 'unknown option --frobnicate' 'wrong flag'
run rai-train -o m --predict a b c
refused 'more than one data file' 'two files to predict'
run rai-train -o m --threads 0
refused '--threads: must be from 1 to 1024' 'no threads'
run rai-train -o m --html ''
refused '--html: needs the name of a file' 'a page without a name'
run rai-train -o m --external ''
refused '--external: needs a command' 'no command'
run sh -c 'rai-train -o m >&-'
refused 'stdout is closed, where the event goes' 'nowhere to put the event'
run sh -c 'rai-train -o m >/dev/full'
status 2 'no room for the event: status 2'
stderr_has 'm is written, but not its event: stdout: No space left on device' 'says what there is'
ok 'and the model is there' rai-train --verify m
rm m
# units that say nothing
units() {
	declare_loop good.csv Price
	sed -i "s/drop: \[Address\]/&, units: { $1 }/" rai.yaml
	run rai-train -o m
}
units 'Landsiz: m2'
refused 'models.m.features.units: the data has no column "Landsiz"' 'the unit of nothing'
units 'Suburb: km'
refused 'models.m.features.units.Suburb: only numbers have a unit, and this is a category' 'the unit of a category'
units 'Distance: [km]'
refused 'models.m.features.units.Distance: must be text such as km, of up to 32 bytes' 'a unit that is no text'
declare_loop good.csv Price
printf '    gate: { at_least: 1 }\n' >>rai.yaml
run sh -c 'rai-train -o m >/dev/full'
status 2 'nor for that of a rejection'
stderr_has 'rai-train: stdout: No space left on device' 'says only that'
rm -f m.journal
declare_loop good.csv Price
run rai-train -o m --config nowhere.yaml
refused 'nowhere.yaml: no such file (-c names another' 'missing configuration'
sed 's/drop:/droop:/' rai.yaml >bad.yaml
run rai-train -o m -c bad.yaml
refused 'bad.yaml:6:17: unknown key "droop" in models.m.features' 'unknown key'
sed 's/\[linear\]/[linnear]/' rai.yaml >bad.yaml
run rai-train -o m -c bad.yaml
refused 'bad.yaml:7:27: models.m.train.candidates: must be one of linear' 'unknown kind'
sed 's/\[linear\]/[{ ridge: { alpha: -1 } }]/' rai.yaml >bad.yaml
run rai-train -o m -c bad.yaml
refused 'ridge: alpha must be a number from 0' 'parameter out of range'
printf '    gate: { metric: f2 }\n' | cat rai.yaml - >bad.yaml
run rai-train -o m -c bad.yaml
refused '"f2" is not one of those of regression: r2, rmse, mae' 'unknown metric'
declare_loop missing.csv Price
run rai-train -o m
refused 'missing.csv: No such file' 'missing data'
declare_loop good.csv Prize
run rai-train -o m
refused '"Prize"' 'missing target column'
: >empty.csv
declare_loop empty.csv Price
run rai-train -o m
refused 'empty.csv' 'empty file'
head -1 good.csv >header.csv
declare_loop header.csv Price
run rai-train -o m
refused 'header.csv' 'a header alone'
head -2 good.csv >one.csv
declare_loop one.csv Price
run rai-train -o m
refused '1 row with a target: at least 10 are needed' 'one row'
(head -5 good.csv && echo 'a,b,c' && tail -n +6 good.csv) >ragged.csv
declare_loop ragged.csv Price
run rai-train -o m
refused 'ragged.csv:6:' 'ragged row'
alter '{**r, "Rooms": "three"} if i == 40 else r' >text.csv
declare_loop text.csv Price
run rai-train -o m
refused 'text.csv:40:' 'text in a number column'
stderr_has '"three"' 'the text is named'
stderr_has 'Rooms' 'and the column'
alter '{**r, "Price": 500000}' >constant.csv
declare_loop constant.csv Price
run rai-train -o m
refused 'target "Price" has one value in all training rows (500000)' 'constant target'
alter '{**r, "Price": -1} if i % 3 == 0 else r' >negative.csv
declare_loop negative.csv 'Price, transform: log'
run rai-train -o m
refused 'its logarithm needs positive values' 'a logarithm of a negative target'
declare_loop good.csv Price
sed -i 's/source: good.csv/command: [sh, -c, "cat good.csv; exit 3"]/' rai.yaml
run rai-train -o m
refused 'sh' 'a data command that fails'
declare_loop good.csv Price
run rai-train -o /proc/nowhere/m
refused '/proc/nowhere' 'unwritable output'
echo '{"specversion":"1.0"}' >event.json
run rai-train -o m --event event.json
refused 'event.json: not a CloudEvent: "id" is missing' 'an event that is none'

rai-train -o champion >/dev/null
size=$(stat -c %s champion)
head -c $((size - 1)) champion >short
python3 - "$size" <<'END'
import sys
b = bytearray(open("champion", "rb").read())
b[-1] ^= 1
open("altered", "wb").write(b)
b[-1] ^= 1
i = b.index(b'rai.seed\\":\\"' if b'rai.seed\\"' in b else b'"rai.seed":"') + len('"rai.seed":"')
b[i] ^= 1
open("header", "wb").write(b)
END
run rai-train -o m --champion nowhere
refused 'champion: nowhere: No such file' 'a champion that is not there'
run rai-train -o m --champion short
refused 'champion: short: the tensors need' 'a champion cut off'
run rai-train -o m --champion altered
refused 'champion: altered: damaged or altered' 'a champion with a flipped bit'
run rai-train --predict header good.csv
refused 'header: damaged or altered' 'predicting with an altered header'
run rai-train --predict good.csv good.csv
refused 'good.csv: not a safetensors file' 'predicting with something else'
