# Sourced by the tests of rai-serve, after ci/tap.sh: a model, and servers that die with the test.
pids=
cleanup() { for p in $pids; do kill -9 "$p" 2>/dev/null; done; }

# train [seed]: a small model of the generated market at $T/model/model.safetensors
train() {
	mkdir -p "$T/model" "$T/train.$1" && cd "$T/train.$1" || exit 1
	market --rows 400 --seed "$1" >data.csv
	cat >rai.yaml <<-'END'
		version: 1
		models:
		  house-price:
		    data:     { source: data.csv }
		    target:   { column: Price, transform: none }
		    features: { use: [Rooms, Type, Date, Distance, Suburb, Landsize], dates: { Date: day-first } }
		    train:    { candidates: [ { tree: { max_depth: 6 } } ] }
		    gate:     { metric: r2, at_least: -9 }
	END
	rai-train -c rai.yaml >event.json 2>train.log || { note <train.log; exit 1; }
	cp "$(jq -r .data.artifact event.json)" "$T/model/next"
	mv "$T/model/next" "$T/model/model.safetensors"
	cd "$top" || exit 1
}

# train_two: $m, where servers look, is model b; $T/a.safetensors and $T/b.safetensors keep both
train_two() {
	m=$T/model/model.safetensors
	train 1
	cp "$m" "$T/a.safetensors"
	train 2
	cp "$m" "$T/b.safetensors"
}
digest_of() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }

# serve name options...: starts a server; sets $pid and $url, stderr goes to $T/name.err
serve() {
	name=$1; shift
	rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 --threads 2 "$@" \
		>"$T/$name.out" 2>"$T/$name.err" &
	pid=$!
	pids="$pids $pid"
	wait_for 10 grep -q 'on http://' "$T/$name.err" || { note <"$T/$name.err"; exit 1; }
	url=$(sed -n 's/.* on \(http:.*\)/\1/p' "$T/$name.err")
}

# ended pid: waits for the end of a server and sets $code
ended() { code=0; wait "$1" || code=$?; }

# sanitizers keep freed memory for a while, or have more of it to keep
keeps_freed() { nm "$(command -v rai-serve)" 2>/dev/null | grep -qE "__[at]san_init"; }

# ask curl-arguments...: $status_code, body in $T/out, headers in $T/headers
ask() {
	status_code=$(curl -s -m 10 -o "$T/out" -D "$T/headers" -w '%{http_code}' "$@")
	tr -d '\r' <"$T/headers" >"$T/headers.txt"
}
header() { sed -n "s/^$1: //Ip" "$T/headers.txt"; }
metric() { curl -s "$url/metrics" | awk -v name="$1 " 'index($0, name) == 1 { print $NF }'; }
metric_is() { [ "$(metric "$1")" = "$2" ]; } # for wait_for: its words are expanded once

# a row that is not missing anything
row='{"Rooms":3,"Type":"h","Date":"2017-03-04","Distance":5.5,"Suburb":"Nowhere","Landsize":450}'

# train_depth depth file: the model of train 1 with trees of another depth
train_depth() {
	mkdir -p "$T/depth$1" "$(dirname "$2")" && cd "$T/depth$1" || exit 1
	cp "$T/train.1/data.csv" . && sed "s/max_depth: 6/max_depth: $1/" "$T/train.1/rai.yaml" >rai.yaml
	rai-train -c rai.yaml >event.json 2>train.log || { note <train.log; exit 1; }
	cp "$(jq -r .data.artifact event.json)" "$2"
	cd "$top" || exit 1
}

# live_rows n seed: rows of the market as JSON in $T/live, their prices in $T/prices
live_rows() {
	market --rows "$1" --seed "$2" >"$T/live.csv"
	python3 - "$T" <<-'END'
		import csv, json, sys
		rows = list(csv.DictReader(open(sys.argv[1] + "/live.csv", encoding="utf-8-sig")))
		keep = ("Rooms", "Type", "Date", "Distance", "Suburb", "Landsize")
		json.dump([{k: r[k] for k in keep if r[k] != ""} for r in rows], open(sys.argv[1] + "/live", "w"))
		json.dump([float(r["Price"]) if r["Price"] else None for r in rows], open(sys.argv[1] + "/prices", "w"))
	END
}

# live: asks about all of $T/live at once and tells the truth about each; answers in $T/answers
live() {
	curl -s -m 20 "$url/predict" -d "@$T/live" >"$T/answers"
	jq -c --slurpfile p "$T/prices" \
		'[range(length) as $i | select($p[0][$i] != null) | {id: .[$i].id, actual: $p[0][$i]}]' \
		"$T/answers" >"$T/truth"
	curl -s -m 20 "$url/feedback" -d "@$T/truth" >"$T/joined"
}
