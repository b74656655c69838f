#!/bin/sh
# The examples of the manual run as they are printed.
. ci/tap.sh
page=$PWD/man/rai-drift.1
. cmd/rai-drift/t/prepare.sh
log 0 --rows 1000 >preds.jsonl
market --rows 1000 --seed 9 >sales.csv
market --rows 2000 --seed 8 >last_month.csv
cp sales.csv this_month.csv; cp last_month.csv march.csv; cp sales.csv today.csv
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$page" >examples
is "$(wc -l <examples)" 10 'ten examples end by themselves'
while read -r line; do
	run sh -c "$line"
	status 0 "$line"
	stderr '' 'without a complaint'
done <examples
sh -c "rai-drift --model m.safetensors --table preds.jsonl" >out
stdout_has 'house-price: none, advice wait: no drift in 2 windows' 'the table'
