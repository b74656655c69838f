# A small model and logs of its market, for the tests of rai-drift; sourced after ci/tap.sh.
logs=$PWD/cmd/rai-drift/t/make-log
cd "$T" || exit 1
cat >rai.yaml <<'YAML'
version: 1
models:
  house-price:
    data: { source: data.csv }
    target: { column: Price, transform: log }
    features: { drop: [Address, SellerG], dates: { Date: day-first } }
    train: { candidates: [ { forest: { trees: 10 } } ] }
    gate: { metric: accuracy, at_least: 0.5, against: nothing }
    drift: { window: 400, accuracy_below: 0.5 }
YAML
market --rows 4000 >data.csv
rai-train -c rai.yaml -o m.safetensors >trained.json 2>trained.err || { cat trained.err; exit 1; }
digest=sha256:$(sha256sum m.safetensors | cut -d' ' -f1)
# log FIRST options-of-market...: a prediction log of that market, numbered from FIRST
log() {
	first=$1; shift
	market --seed 5 "$@" >rows.csv && "$logs" m.safetensors rows.csv "$digest" "$first"
}
# field NAME: a member of the last event's data
field() { tail -n 1 out | python3 -c 'import json, sys
d = json.load(sys.stdin)
for k in sys.argv[1].split("."): d = d[k]
print(d)' "$1"; }
