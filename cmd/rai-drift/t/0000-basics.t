#!/bin/sh
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh

run rai-drift --version
status 0 'version'
run rai-drift --help
stdout_has '--psi-above' 'help names the options'
run rai-drift --psi-abov 1
status 2 'a wrong flag'
stderr_has 'unknown option --psi-abov' 'is named'
stdout '' 'and stdout stays empty'
run rai-drift
status 2 'a model is needed'
stderr_has '--model FILE is missing' 'it says so'
run rai-drift --model nothing.safetensors
status 2 'no such model'
stderr_has 'nothing.safetensors' 'is named'
stdout '' 'nothing on stdout'
head -c 3000 m.safetensors >cut.safetensors
run rai-drift --model cut.safetensors
status 2 'a corrupt model'
stderr_has 'cut.safetensors' 'is named'
for bad in '--window 5' '--sustain 0' '--alpha 0' '--alpha 1' '--retrain-on never' '--window 1O0'; do
	run rai-drift --model m.safetensors $bad
	status 2 "$bad"
	stderr_has "${bad% *}" 'names the option'
done
run rai-drift --model m.safetensors --follow
status 2 'follow what'
run rai-drift --model m.safetensors nothing.jsonl
status 2 'no such log'
stderr 'rai-drift: nothing.jsonl: No such file or directory' 'is named'
: >empty.jsonl
run rai-drift --model m.safetensors --now 2026-11-23T10:00:00Z empty.jsonl
status 4 'an empty log is not enough evidence'
is "$(field data.rows_wanted)" 500 'it wants a window'
is "$(field data.message)" '0 of the 500 rows of a window: 500 more to judge' 'it says so'
run rai-drift --model m.safetensors --no-fail empty.jsonl
status 0 'unless told not to fail'
run rai-drift --model m.safetensors --config rai.yaml empty.jsonl
status 4 'settings from rai.yaml'
is "$(field data.rows_wanted)" 400 'are used'
run rai-drift --model m.safetensors --config rai.yaml --window 100 empty.jsonl
is "$(field data.rows_wanted)" 100 'the command line comes first'
RAI_WINDOW=200 run rai-drift --model m.safetensors --config rai.yaml empty.jsonl
is "$(field data.rows_wanted)" 200 'the environment second'
printf 'tools: { rai-drift: { window: 300 } }\n' | cat rai.yaml - >tools.yaml
run rai-drift --model m.safetensors --config tools.yaml empty.jsonl
is "$(field data.rows_wanted)" 300 'then the options of the program in rai.yaml'
printf 'tools: { rai-drift: { model: m.safetensors, html: from/rai.html, table: true } }\n' | cat rai.yaml - >tools.yaml
run rai-drift --config tools.yaml empty.jsonl
status 4 'also the reference'
stdout_has 'advice wait: 0 of the 400 rows' 'and the form of the answer'
ok 'and its file' test -s from/rai.html
printf 'tools: { rai-drift: { windw: 300 } }\n' | cat rai.yaml - >tools.yaml
run rai-drift --model m.safetensors --config tools.yaml empty.jsonl
status 2 'an unknown one'
stderr_has 'windw' 'is named'
run rai-drift --model m.safetensors --config rai.yaml --name other empty.jsonl
status 2 'no such model in rai.yaml'
stderr_has 'house-price' 'those that there are'
sed 's/window: 400/windw: 400/' rai.yaml >bad.yaml
run rai-drift --model m.safetensors --config bad.yaml empty.jsonl
status 2 'an unknown key'
stderr_has 'bad.yaml:9:' 'has its place'
stderr_has 'window' 'and the nearest name'
