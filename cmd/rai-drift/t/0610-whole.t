#!/bin/sh
# One window of any size, counted instead of held: judged as if it were held.
. ci/tap.sh
cd "$T" || exit 1
market --rows 400 >ref.csv
market --rows 3000 --seed 3 --inflate 30 >now.csv
# judged: the last event's data without what is nearly known (W1) or names the rows
judged() { tail -n 1 out | jq -S ".data | del(.. | .w1?) | del(.window.first, .window.last, .not_checked)"; }

run rai-drift --against ref.csv --window 3000 --sustain 1 now.csv
status 1 'held'
judged >held
run rai-drift --against ref.csv --whole now.csv
status 1 'counted'
judged >counted
ok 'are judged alike' cmp held counted
cp out once
for n in 1000 1700; do (head -1 now.csv; sed -n "$((n + 2)),\$p" now.csv) >rest.csv; head -$((n + 1)) now.csv >first.csv
	run rai-drift --against ref.csv --whole first.csv rest.csv
	judged >parts
	ok "in two parts, $n" cmp held parts
done
run sh -c 'gzip -c now.csv | rai-drift --against ref.csv --whole'
judged >piped
ok 'gzip from a pipe' cmp held piped
head -300 now.csv >few.csv
python3 - <<'PY'
import csv, json
with open("now.csv", encoding="utf-8-sig") as f, open("now.jsonl", "w") as out:
    for row in csv.DictReader(f):
        out.write(json.dumps({k: v for k, v in row.items() if v != ""}) + "\n")
PY
run rai-drift --against ref.csv --whole now.jsonl
judged >lines
ok 'JSON lines' cmp held lines

# with a model its predictions are looked at too
. "$top/cmd/rai-drift/t/prepare.sh"
market --rows 3000 --seed 3 >same.csv
run rai-drift --model m.safetensors --rows --whole same.csv
status 0 'the same market, with a model'
market --rows 3000 --seed 4 --mix 0.5 >mix.csv
run rai-drift --model m.safetensors --rows --window 3000 --sustain 1 mix.csv
tail -n 1 out | jq -c '.data.prediction | del(.w1)' >held
run rai-drift --model m.safetensors --rows --whole mix.csv
status 1 'another mix'
tail -n 1 out | jq -c '.data.prediction | del(.w1)' >counted
ok 'its predictions are judged alike' cmp held counted
ok 'and they are there' grep -q psi counted
is "$(field data.advice)" get-labels 'labels are not looked at'

sed 's/target: .*/target: { column: Type }\n    task: classification/; s/drift: .*//; s/metric: accuracy, at_least: 0.5/metric: accuracy, at_least: 0.3/' rai.yaml >kind.yaml
rai-train -c kind.yaml -o k.safetensors >trained.json 2>trained.err || note <trained.err
run rai-drift --model k.safetensors --rows --window 3000 --sustain 1 mix.csv
tail -n 1 out | jq -c .data.prediction >held
run rai-drift --model k.safetensors --rows --whole mix.csv
tail -n 1 out | jq -c .data.prediction >counted
ok 'classes that are predicted, likewise' cmp held counted
ok 'and they are there too' grep -q chi2 counted

# what is wrong with the input
head -11 now.csv >few.csv
run rai-drift --against ref.csv --whole few.csv
status 4 'too few rows'
is "$(field data.rows_wanted)" 10 'how many more'
run rai-drift --against ref.csv --whole now.csv /nowhere.csv
status 2 'no such file'
(cat now.csv; echo 1,2) >bad.csv
run rai-drift --against ref.csv --whole bad.csv
status 2 'half a row'
stderr_has 'bad.csv:3002:' 'has its line'
sed '2,$s/^\("[^"]*"\|[^,]*\),\("[^"]*"\|[^,]*\),[^,]*,/\1,\2,far,/' now.csv >text.csv
run rai-drift --against ref.csv --whole text.csv
status 3 'text in numbers'
stderr_has '3000 values do not fit their column' 'is counted'
stderr_has 'the first: text.csv: Rooms: "far" is not a number' 'the first is shown'
run rai-drift --against ref.csv --whole now.csv --table
stdout_has 'not checked: repeated rows, cost, labels' 'what counts do not show is named'
for o in '--detector cusum' '--sustain 3' '--window 100' '--slide 20' '--accuracy-below 0.5'; do
	run rai-drift --against ref.csv --whole $o now.csv
	status 2 "$o beside --whole"
	stderr_has "rai-drift: ${o% *}: " 'is refused by name'
done
run rai-drift --model m.safetensors --whole now.csv
status 2 'not of a log'
stderr_has -- '--whole is about' 'is said'
