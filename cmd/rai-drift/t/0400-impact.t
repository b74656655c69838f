#!/bin/sh
# What a shift costs before any label is there.
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh

# drift options-of-market...: the verdict over 2000 rows without their prices
drift() {
	market --rows 2000 --seed 3 "$@" >rows.csv
	python3 -c '
import csv, sys
rows = list(csv.reader(open("rows.csv", encoding="utf-8-sig")))
at = rows[0].index("Price")
csv.writer(sys.stdout).writerows(r[:at] + r[at + 1:] for r in rows)' >unpriced.csv
	run rai-drift --model m.safetensors --rows unpriced.csv
}

drift --mix 0.3
status 1 'another mix, no labels'
stdout_has '"impact":{"verdict":"same","metric":"accuracy","expected":0.' 'the accuracy is estimated'
stdout_has 'is to be expected' 'and stands in the message'
stdout_has '"costs":[{"name":"' 'what moved is ranked by its cost'
is "$(field data.advice)" get-labels 'labels are still wanted'
run rai-drift --model m.safetensors --rows --no-impact unpriced.csv
stdout_has '"impact":null' '--no-impact estimates nothing'
run rai-drift --model m.safetensors --rows --table unpriced.csv
stdout_has 'expected accuracy 0.' 'the table has it'
drift --mix 0.3
run rai-drift --model m.safetensors --rows --accuracy-below 0.99 unpriced.csv
stdout_has '"verdict":"worse"' 'below what was asked for'
is "$(field data.advice)" retrain 'a trusted estimate advises a retrain'
drift --unit Landsize=1000
stdout_has '"impact":{"verdict":"cannot tell","metric":"accuracy","expected":null' 'a broken input'
drift --new-suburbs 40
stdout_has '"verdict":"cannot tell"' 'new categories: it cannot be told'
stdout_has 'unlike those that were learned from' 'and why'
market --rows 2000 --seed 3 --inflate 30 >rows.csv
run rai-drift --model m.safetensors --rows rows.csv
stdout_has '(concept drift)' 'labels that the inputs do not explain'
is "$(field data.advice)" retrain 'advise a retrain'
sed 's/drift: {/drift: { impact: false,/' rai.yaml >off.yaml
rai-train -c off.yaml -o off.safetensors >/dev/null 2>&1
market --rows 1000 --seed 3 --mix 0.3 >rows.csv
run rai-drift --model off.safetensors --rows rows.csv
stdout_has '"impact":null' 'a model that was trained without'
run rai-drift --model m.safetensors --config off.yaml --rows rows.csv
stdout_has '"impact":null' 'rai.yaml wants none'
