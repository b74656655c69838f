#!/bin/sh
# --from continues a model with rows that came later, --import takes another library's as it is.
. ci/tap.sh
plan 36

cd "$T" || exit 1
market --rows 1500 --seed 1 >old.csv
market --rows 1500 --seed 2 --from 2017-10-01 --inflate 30 --new-suburbs 3 >new.csv
# declare_loop CANDIDATES
declare_loop() {
	cat >rai.yaml <<-END
		version: 1
		models:
		  house-price:
		    data: { source: old.csv }
		    target: { column: Price, transform: log }
		    features: { drop: [Address], dates: { Date: day-first } }
		    train: { candidates: [$1] }
	END
}
field() { jq -r ".data | $1" "$T/out"; }
trees() { python3 -c 'import json, struct, sys
b = open(sys.argv[1], "rb").read(); n = struct.unpack("<Q", b[:8])[0]
print([t["shape"] for k, t in json.loads(b[8:8 + n]).items() if k in ("roots", "trees")][0][0])' "$1"; }

for kind in linear ridge lasso boost; do
	case $kind in boost) c='tree, { boost: { rounds: 20 } }' ;; *) c="tree, $kind" ;; esac
	declare_loop "${c#tree, }"
	run rai-train -o "$kind-1" --champion ''
	status 0 "$kind: trained"
	declare_loop "$c"
	run rai-train --from "$kind-1" --champion "$kind-1" new.csv -o "$kind-2"
	status 0 "$kind: continued with new rows, and better on them"
	is "$(field .from_digest)" "sha256:$(sha256sum "$kind-1" | cut -d' ' -f1)" 'the event names the model before'
	run rai-train --from "$kind-1" --champion '' new.csv -o again --threads 1
	ok "$kind: the same bytes again" cmp "$kind-2" again
	run rai-train --verify "$kind-2" --from "$kind-1" new.csv
	status 0 "$kind: verified"
done
ok 'the old trees stay, as many came' test "$(trees boost-2)" -gt "$(trees boost-1)"

run rai-train --verify boost-2 new.csv
status 2 'without the model before it cannot be verified'
stderr_has 'name it with --from' 'and it says so'
run rai-train --verify boost-2 --from boost-2 new.csv
status 2 'nor with another'
declare_loop tree
run rai-train --from boost-1 new.csv -o none
status 2 'a kind that is not declared'
stderr_has 'candidates of rai.yaml has none' 'is named'
run rai-train -o tree-1 --champion ''
run rai-train --from tree-1 new.csv -o none
status 2 'a kind that cannot be continued'
stderr_has 'cannot be continued' 'says so'
ok 'nothing is written' test ! -e none

# another library's model under our gate
cat >rai.yaml <<'END'
version: 1
models:
  area:
    data: { source: prices.csv }
    target: { column: price, transform: none }
    gate: { metric: r2, at_least: 0.99, against: nothing }
END
foreign=$top/testdata/foreign/xgboost-categorical.json
{ echo price; cat "$top/testdata/foreign/xgboost-categorical.predictions"; } | paste -d, "$top/testdata/foreign/rows.csv" - >prices.csv
run rai-train --import "$foreign" -o imported
status 0 'an imported model is measured and passes'
is "$(field '.kind, .from_digest')" "xgboost
sha256:$(sha256sum "$foreign" | cut -d' ' -f1)" 'its kind and origin'
is "$(rai-train --predict imported prices.csv | sha256sum)" "$(rai-train --predict "$foreign" prices.csv | sha256sum)" 'our file answers as theirs'
run rai-train --verify imported --import "$foreign"
status 0 'verified'
awk -F, 'BEGIN { OFS = "," } NR > 1 { $5 = $5 * (NR % 2 ? 2 : 0.5) } { print }' prices.csv >odd.csv
run rai-train --import "$foreign" odd.csv -o none
status 1 'on rows that it does not fit it is rejected'
run rai-train --import imported -o none
status 2 'a model of ours is not imported'
stderr_has '--from continues it' 'but continued'
