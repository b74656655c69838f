#!/bin/sh
# Models that XGBoost and LightGBM have saved: the same predictions as theirs.
. ci/tap.sh

models=$(ls testdata/foreign | sed -n 's/\.predictions$//p')
plan $(($(echo "$models" | wc -l) + 23))
file() { if [ -e "testdata/foreign/$1.json" ]; then echo "testdata/foreign/$1.json"; else echo "testdata/foreign/$1.txt"; fi; }

# alike WANT GOT: column by column, to 1e-6 of the value
cat >"$T/alike" <<'END'
import sys
want = [[float(v) for v in l.split(",")] for l in open(sys.argv[1])]
got = [[float(v) for v in l.split(",")] for l in open(sys.argv[2])]
if len(want[0]) < len(got[0]):  # a binary classifier: theirs is the probability of the second class
    want = [[1 - w[0], w[0]] for w in want]
assert len(want) == len(got) > 0
for w, g in zip(want, got):
    assert len(w) == len(g), (w, g)
    assert all(abs(a - b) <= 1e-6 * max(abs(a), 1e-3) for a, b in zip(w, g)), (w, g)
END
for model in $models; do
	rai-train --predict "$(file "$model")" --probabilities testdata/foreign/rows.csv >"$T/got" 2>"$T/err"
	ok "$model" python3 "$T/alike" "testdata/foreign/$model.predictions" "$T/got"
done

refuse() { # refuse NAME WORDS: $T/model is no model
	run rai-train --predict "$T/model" testdata/foreign/rows.csv
	status 2 "$1"
	stderr_has "$2" 'and says why'
}
good=testdata/foreign/xgboost-regression.json
sed 's/"gbtree"/"gblinear"/' $good >"$T/model"
refuse 'another booster' 'booster "gblinear" is not handled'
sed 's/reg:squarederror/rank:pairwise/' $good >"$T/model"
refuse 'another objective' 'objective "rank:pairwise" is not handled'
sed 's/"left_children":\[1/"left_children":[0/' $good >"$T/model"
refuse 'a node that is its own child' 'tree 0: node 0 has two parents'
sed 's/"left_children":\[1/"left_children":[99/' $good >"$T/model"
refuse 'a child that is not there' 'tree 0: '
head -c 3000 $good >"$T/model"
refuse 'cut off' 'JSON'
good=testdata/foreign/lightgbm-regression.txt
sed 's/is_linear=0/is_linear=1/' $good >"$T/model"
refuse 'linear trees' 'linear trees are not handled'
sed 's/^left_child=1/left_child=77/' $good >"$T/model"
refuse 'a child that is not there' 'block at line'
head -n 40 $good >"$T/model"
refuse 'cut off' 'cut off: no line "end of trees"'
# a file in which every node means the same large set would need much more memory than its size
python3 - testdata/foreign/xgboost-categorical.json >"$T/model" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
for t in d["learner"]["gradient_booster"]["model"]["trees"]:
    t["categories_segments"] = [0] * len(t["categories_segments"])
    t["categories_sizes"] = [len(t["categories"])] * len(t["categories_sizes"])
json.dump(d, sys.stdout)
END
refuse 'a set of two nodes' 'must lie one behind the other'
python3 - testdata/foreign/lightgbm-categorical.txt >"$T/model" <<'END'
import re, sys
text = open(sys.argv[1]).read()
def same(block):
    kinds = [int(v) & 1 for v in re.search("^decision_type=(.*)$", block, re.M)[1].split()]
    if sum(kinds) < 2:
        return block
    line = re.search("^threshold=(.*)$", block, re.M)
    return block.replace(line[0], "threshold=" + " ".join("0" if k else v for k, v in zip(kinds, line[1].split())))
sys.stdout.write("\n\n".join(same(b) if b.lstrip().startswith("Tree=") and "decision_type" in b else b for b in text.split("\n\n")))
END
refuse 'a set that two nodes name' 'that another node has'

p=$(free_port)
rai-serve --model testdata/foreign/xgboost-regression.json --listen "127.0.0.1:$p" 2>"$T/serve.err" &
server=$!
cleanup() { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; }
ok 'rai-serve takes the file as it is' wait_for 5 curl -sf "http://127.0.0.1:$p/readyz"
row=$(sed -n '1p;4p' testdata/foreign/rows.csv | python3 -c 'import csv, json, sys
r = next(csv.DictReader(sys.stdin)); print(json.dumps({k: None if v == "nan" else float(v) for k, v in r.items()}))')
curl -s -d "$row" -H 'Content-Type: application/json' "http://127.0.0.1:$p/predict" >"$T/out"
is "$(jq -r .prediction "$T/out")" "$(rai-train --predict testdata/foreign/xgboost-regression.json testdata/foreign/rows.csv | sed -n 3p)" 'and answers the same'
is "$(jq -r .digest "$T/out")" "sha256:$(sha256sum <testdata/foreign/xgboost-regression.json | cut -d' ' -f1)" 'under its digest'
