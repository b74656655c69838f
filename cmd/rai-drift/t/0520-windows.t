#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
drift() { run rai-drift --model m.safetensors --detector none --now 2026-11-24T00:00:00Z "$@"; }

# 360 rows an hour from midnight
{ log 0 --rows 1500; log 1500 --rows 1100 --inflate 40; } >all.jsonl
drift --window 1h all.jsonl
status 1 'windows of one hour'
is "$(field data.window.rows)" 360 'have the rows of an hour'
is "$(field data.window.to)" 2026-11-23T06:59:50Z 'and end with it'
drift --window 1h --slide 20m all.jsonl
status 1 'windows of one hour, every third of one'
is "$(field data.window.rows)" 360 'have the rows of one'
drift --window 500 --slide 100 all.jsonl
status 1 'windows of rows that overlap'
drift --window 12h all.jsonl
status 4 'half a day is not over'
is "$(field data.message)" '2600 rows, but no whole window of 12 hours with at least 20' 'it says so'

for bad in '--window 6x' '--window 0h' '--window 999d' '--slide 7' '--slide 1h' '--slide 1000' \
    '--window 1h --slide 7m' '--window 1h --slide 100' '--window 1h --rows'; do
	drift $bad all.jsonl
	status 2 "$bad"
	stderr_has "${bad%% *}" 'names the option'
	stdout '' 'nothing on stdout'
done

sed 's/window: 400/window: 1h, slide: 20m/' rai.yaml >time.yaml
drift --config time.yaml all.jsonl
is "$(field data.window.rows)" 360 'rai.yaml has both'
drift --config time.yaml --window 400 --slide 100 all.jsonl
is "$(field data.window.rows)" 400 'under the command line'
