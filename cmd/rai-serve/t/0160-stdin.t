#!/bin/sh
# rai-serve --stdin: the same predictions as the server's, line for line.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
model=$T/model/model.safetensors
filter() { run rai-serve --model "$model" --stdin "$@"; }

market --rows 900 --seed 5 >"$T/rows.csv"
python3 - "$T/rows.csv" >"$T/rows.jsonl" <<'END'
import csv, json, random, sys
random.seed(1)
types = {"Rooms": float, "Distance": float, "Landsize": float}
for i, r in enumerate(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig"))):
    row = {k: (types[k](r[k]) if k in types else r[k]) if r[k] else None
           for k in ("Rooms", "Type", "Date", "Distance", "Suburb", "Landsize")}
    if i % 7 == 0: row["Suburb"] = "Never heard \u00e9 \"of\""
    if i % 11 == 0: del row["Type"]
    if i % 13 == 0: row["Rooms"] = str(row["Rooms"])
    if i % 17 == 0: row = dict(random.sample(list(row.items()), len(row)))
    print(json.dumps(row, ensure_ascii=i % 2 == 0, separators=(", ", ": ") if i % 3 else None))
END
serve one
jq -sc . "$T/rows.jsonl" >"$T/batch.json"
ask "$url/predict" -H 'Content-Type: application/json' --data-binary @"$T/batch.json"
jq -c '.[] | {prediction}' "$T/out" >"$T/want"
filter <"$T/rows.jsonl"
status 0 'all rows are predicted'
jq -c . "$T/out" >"$T/got"
ok 'as the server predicts them, in their order' cmp "$T/want" "$T/got"
is "$(wc -l <"$T/got")" 900 'all 900'
rai-serve --model "$model" --stdin --threads 1 <"$T/rows.jsonl" >"$T/one"
for _ in $(seq 40); do cat "$T/rows.jsonl"; done >"$T/many.jsonl"
for _ in $(seq 40); do cat "$T/one"; done >"$T/many"
filter --threads 3 <"$T/many.jsonl"
ok 'several loads on three threads: the bytes are those of one thread' cmp "$T/many" "$T/out"
(while read -r line; do echo "$line"; done <"$T/rows.jsonl") | filter
ok 'and however the lines come' cmp "$T/one" "$T/out"

printf '%s\n\n' '{"Rooms": 3}' '{"Room": 3}' '{"Rooms": "many"}' '[{}]' 'nonsense' '{"Rooms": 3, "Rooms": 4}' >"$T/bad"
printf '{}' >>"$T/bad"
filter <"$T/bad"
status 1 'lines that cannot be read: status 1'
is "$(jq -c 'keys' "$T/out" | uniq -c | tr -s ' \n' ' ')" ' 1 ["prediction"] 5 ["error","line"] 1 ["prediction"] ' \
	'each has its answer in its place, the last without a line end, too'
is "$(jq -c 'select(.error).line' "$T/out" | tr '\n' ' ')" '3 5 7 9 11 ' 'with the number of its line'
is "$(sed -n 2p "$T/out" | jq -r .error)" 'unknown field "Room" (did you mean "Rooms"?)' 'and the field'
is "$(sed -n 3p "$T/out" | jq -r .error)" 'Rooms: "many" is not a number' 'what is wrong with it'
stderr 'rai-serve: 5 lines could not be read: see "error" in the output' 'one warning'
filter --no-fail <"$T/bad"
status 0 'unless --no-fail'

{ sed 500q "$T/rows.jsonl"; echo '{"Rooms": }'; tail -n 400 "$T/rows.jsonl"; } >"$T/mixed.jsonl"
for _ in $(seq 30); do cat "$T/mixed.jsonl"; done >"$T/mixed"
filter <"$T/mixed"
is "$(jq -c 'select(.error).line' "$T/out" | md5sum)" "$(seq 501 901 27030 | md5sum)" 'numbers of lines far behind'
is "$(grep -c prediction "$T/out")" 27000 'and all else is predicted'

{ echo '{"Rooms": 3}'; printf '{"Rooms": 3%3000000s}\n' ''; echo '{"Rooms": 3}'; printf '{"Rooms": %2000000s}' 4; } >"$T/long"
filter --max-body 1000 <"$T/long"
is "$(jq -c '[.line, has("prediction")]' "$T/out" | tr '\n' ' ')" '[null,true] [2,false] [null,true] [4,false] ' 'lines that are too long'
filter --max-body 4M <"$T/long"
status 0 'or not'

mkfifo "$T/in" "$T/live"
rai-serve --model "$model" --stdin <"$T/in" >"$T/live" &
pids="$pids $!"
exec 5>"$T/in" 6<"$T/live"
echo '{"Rooms": 3}' >&5
read -r answer <&6
is "$(echo "$answer" | jq -c 'keys')" '["prediction"]' 'one line is answered at once'
exec 5>&- 6<&-

# more columns than there is room for 1024 rows of
mkdir "$T/wide" && cd "$T/wide" || exit 1
python3 - >data.csv <<'END'
import random
random.seed(1)
print("y," + ",".join("c%d" % i for i in range(3000)))
for _ in range(30):
    row = [random.randint(0, 9) for _ in range(3000)]
    print(",".join(map(str, [row[0]] + row)))
END
printf 'version: 1\nmodels:\n  wide:\n    data: { source: data.csv }\n    target: { column: y }\n    train: { candidates: [ridge] }\n    gate: { against: nothing }\n' >rai.yaml
rai-train -c rai.yaml >event.json 2>train.log || note <train.log
wide=$PWD/$(jq -r .data.artifact event.json)
cd "$top" || exit 1
for i in $(seq 2000); do echo '{}'; done >"$T/rows.wide"
run rai-serve --model "$wide" --stdin --threads 1 <"$T/rows.wide"
status 0 'rows of many columns'
is "$(grep -c '^{"prediction":' "$T/out")" 2000 'are all predicted'

filter </dev/null
status 0 'nothing in'
stdout '' 'nothing out'
filter --log "$T/log" </dev/null
status 2 'no log is written'
stderr_has '--stdin starts no server, which --log is for' 'and that is said'
filter --tls-key "$T/key" </dev/null
status 2 'nor is anything else of a server'
stderr_has '--stdin starts no server, which --tls-key is for' 'passed over'
filter --threads 1 --release v1 --max-body 64K </dev/null
status 0 'what has an effect is not refused'
run env RAI_LISTEN=127.0.0.1:0 rai-serve --model "$model" --stdin </dev/null
status 0 'nor an environment for servers'
run rai-serve --model a="$model" --model b="$model" --stdin </dev/null
stderr_has 'give --model once' 'one model'
if [ -w /dev/full ]; then run sh -c 'rai-serve --model "$1" --stdin <"$2" >/dev/full' - "$model" "$T/rows.jsonl"; status 2 'a full disk is a failure'; else pass 'no /dev/full # SKIP'; fi
