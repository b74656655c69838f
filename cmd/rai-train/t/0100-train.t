#!/bin/sh
# A whole training: the event, the file, the report, and what the next training inherits.
. ci/tap.sh
plan 26

field() { python3 -c 'import json,sys
v = json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."):
    v = v[int(k)] if k.isdigit() else v[k]
print(json.dumps(v))' "$T/out" "$1"; }

mkdir "$T/repo"
market --rows 400 --seed 1 >"$T/repo/houses.csv"
cat >"$T/repo/rai.yaml" <<'END'
version: 1
models:
  house-price:
    data: { source: houses.csv }
    target: { column: Price, transform: log }
    features: { drop: [Address], dates: { Date: day-first } }
    train: { candidates: [ridge, { forest: { trees: 10 } }] }
    gate: { at_least: 0.2 }
END
cd "$T/repo" || exit 1
run rai-train --help
status 0 'help is an answer'
stdout_has '--champion file' 'the options are listed'
run rai-train --now 2026-11-23T06:42:23Z
status 0 'a first training passes'
stderr '' 'nothing on stderr where nobody watches'
is "$(wc -l <"$T/out")" 1 'one event'
is "$(field type)" '"ai.reconciled.model.trained.v1"' 'of this type'
is "$(field time)" '"2026-11-23T06:42:23Z"' 'at the time given'
is "$(field data.artifact)" '"models/house-price/model.safetensors"' 'the file stands beside rai.yaml'
is "$(field data.artifact_digest)" "\"sha256:$(sha256sum models/house-price/model.safetensors | cut -d' ' -f1)\"" 'its digest'
is "$(field data.artifact_bytes)" "$(stat -c %s models/house-price/model.safetensors)" 'its size'
is "$(field data.data.digest)" "\"sha256:$(sha256sum houses.csv | cut -d' ' -f1)\"" 'the digest of the data'
is "$(field data.config.digest)" "\"sha256:$(sha256sum rai.yaml | cut -d' ' -f1)\"" 'the digest of the declaration'
is "$(field data.split.train_rows) $(field data.split.test_rows)" '320 80' 'a fifth is held out'
is "$(field data.candidates.1.parameters.trees)" 10 'candidates with their parameters'
is "$(field data.gate.checks.1.message)" '"no champion to compare with"' 'no champion yet'
is "$(field data.champion)" null 'and none is named'
ok 'the metric lies in its interval' python3 -c 'import json
m = json.load(open("'"$T/out"'"))["data"]["metrics"]
assert set(m) == {"r2", "rmse", "mae", "mape", "accuracy"}
assert all(v["low"] <= v["value"] <= v["high"] for v in m.values())
assert abs(1 - m["mape"]["value"] - m["accuracy"]["value"]) < 1e-12'

first=$(field data.artifact_digest)
cat >"$T/cause.json" <<'END'
{"specversion":"1.0","id":"E2","source":"/rai/dispatch","type":"ai.reconciled.retrain.dispatched.v1","correlationid":"INCIDENT","causationid":"E1","data":{}}
END
run rai-train --event "$T/cause.json" --report
status 0 'the same training passes again: it is as good as the champion'
is "$(field correlationid) $(field causationid)" '"INCIDENT" "E2"' 'the incident and its cause are carried on'
is "$(field data.champion.digest)" "$first" 'the old file was the champion'
is "$(field data.artifact_digest)" "$first" 'the same input gives the same file'
stderr_has 'on the hold-out' 'the report is for people'
stderr_has 'passed   as good as the champion' 'and tells the gate'

run rai-train --event - <"$T/cause.json"
is "$(field causationid)" '"E2"' 'the cause may come on stdin'
cat >>rai.yaml <<'END'
tools: { rai-train: { output: elsewhere/m.safetensors } }
END
run rai-train
is "$(field data.artifact)" '"elsewhere/m.safetensors"' 'options may stand in rai.yaml'
run rai-train -o here.safetensors
is "$(field data.artifact)" '"here.safetensors"' 'and the command line goes before'
