#!/bin/sh
# Three replicas, a real Prometheus that scrapes them, and what its bins say; then one that does not
# answer, or not all.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
. cmd/rai-drift/t/fleet.sh
command -v prometheus >/dev/null || skip_all 'prometheus is not installed (scripts/bootstrap test)'
train 1
m=$T/model/model.safetensors
serve one; one=$url
serve two; two=$url
serve three; three=$url third=$pid
scrape "$one" "$two" "$three"
field() { tail -n 1 "$T/out" | jq -r ".$1"; }
query() {
	curl -s "$root/api/v1/query" --data-urlencode "query=$1" | jq -r '.data.result[].value[1]'
}
sum_is() { [ "$(query "$1")" = "$2" ]; }
fleet() { run rai-drift --model "$m" --prometheus "$root" --window 10s --sustain 1 --replicas 3 "$@"; }
cat >"$T/fleet.yaml" <<-END2
	version: 1
	models:
	  house-price:
	    drift:
	      window: 10s
	      sustain: 1
	      fleet: { prometheus: "$root", replicas: 3, selector: 'job="fleet"' }
END2
declared() { run rai-drift --model "$m" --config "$T/fleet.yaml" "$@"; }
ok 'all three are scraped' wait_for 30 sum_is 'sum(up)' 3
fleet
status 75 'a window that has not been seen whole is no evidence'
stderr_has 'a gap: there is data in' 'says why'
is "$(field type)" ai.reconciled.evidence.insufficient.v1 'and tells it'

# ask SEED market-options...: 200 rows to each replica, counted by the next scrapes
n=0
everyone() {
	seed=$1; shift
	for url in "$one" "$two" "$three"; do
		market --rows 200 --seed "$seed" "$@" >"$T/live.csv"
		python3 - "$T" <<-'END'
			import csv, json, sys
			rows = list(csv.DictReader(open(sys.argv[1] + "/live.csv", encoding="utf-8-sig")))
			keep = ("Rooms", "Type", "Date", "Distance", "Suburb", "Landsize")
			json.dump([{k: r[k] for k in keep if r[k] != ""} for r in rows], open(sys.argv[1] + "/live", "w"))
		END
		curl -s "$url/predict" -d "@$T/live" >"$T/answers"
		seed=$((seed + 1)) n=$((n + 200))
	done
	wait_for 10 sum_is 'sum(rai_feature_observations_total{feature="Rooms"})' "$n"
}
sleep 11 # nothing but what is seen whole
everyone 11
fleet --table
status 0 'the same market'
seen=$(sed -n 's/^rows \([0-9]*\),.*/\1/p' "$T/out")
stdout_has 'not checked: repeated rows, frozen columns, tails' 'what bins do not show is named'
ok "about its 600 rows: $seen" [ "$seen" -ge 540 ] && [ "$seen" -le 690 ]
declared --table
status 0 'as rai.yaml declares it'
stdout_has 'no drift in 1 windows' 'the same window'
declared --window 100 - </dev/null
status 4 'unless an input is given'
fleet --state "$T/state"
status 0 'with a state'
sleep 10
everyone 21 --mix 0.7
fleet --state "$T/state"
status 1 'the next window'
fleet
status 1 'another mix'
is "$(field type) $(field data.advice)" 'ai.reconciled.drift.detected.v1 get-labels' 'asks for labels'
stdout_has 'Type' 'names the column'
cp "$T/out" "$T/event"
curl -s "$root/api/v1/query" --data-urlencode "time=$(field data.window.to)" --data-urlencode \
	'query=sum by (bin) (increase(rai_feature_observations_total{model="house-price",feature="Type"}[10s]))' >"$T/bins"
psi=$(python3 - "$m" "$T/bins" <<'PY'
import json, math, struct, sys
raw = open(sys.argv[1], "rb").read()
meta = json.loads(raw[8:8 + struct.unpack("<Q", raw[:8])[0]])["__metadata__"]
ref = next(c for c in json.loads(meta["rai.profile"])["features"] if c["name"] == "Type")
now = {s["metric"]["bin"]: math.floor(float(s["value"][1]) + 0.5) for s in json.load(open(sys.argv[2]))["data"]["result"]}
pairs = [(now[str(i)], n) for i, n in enumerate(ref["counts"])] + [(now["missing"], ref["missing"]), (now["unseen"], ref["unseen"])]
pairs = [p for p in pairs if p != (0, 0)]
n, m, k = sum(a for a, _ in pairs), sum(b for _, b in pairs), len(pairs) / 2
print(sum(((a + .5) / (n + k) - (b + .5) / (m + k)) * math.log((a + .5) / (n + k) / ((b + .5) / (m + k))) for a, b in pairs))
PY
)
ok "PSI as reckoned apart: $psi" jq -e --argjson p "$psi" \
	'[.data.features[] | select(.name == "Type").psi][0] - $p | fabs < 1e-9' "$T/event"
sleep 10
everyone 31 --unit Landsize=1000
fleet
status 3 'another unit'
stdout_has 'Landsize: another unit?' 'is a broken input, not drift'
everyone 41
kill "$third"
sleep 3
fleet
status 75 'a replica less'
stderr_has 'replicas were there at some time in the window, of 3' 'is said'
run rai-drift --model "$m" --prometheus "$root" --window 10s --sustain 1
status 75 'also where nobody has said how many'
stderr_has 'of the scrapes in the window' 'as it does not answer'
run rai-drift --model "$m" --prometheus "$root" --window 10s --sustain 1 --selector 'job="other"'
status 75 'nobody'
stderr_has 'no replica of house-price was seen' 'is not nothing moved'
run rai-drift --model "$m" --prometheus "$root" --window 10s --selector 'job='
status 2 'half a selector'
stderr_has 'parse error' 'is what Prometheus says'
cp "$m" "$T/first.safetensors"
train 2
fleet
status 75 'another model'
stderr_has 'its bins are not those of' 'has other bins'
run rai-drift --model "$m" --prometheus "$root" --window 500
status 2 'rows are no time'
stderr_has 'of a fleet it is a time' 'is said'

# a Prometheus that is down, slow, or gives less than all
python3 - "$T/stub" "$(digest_of "$m")" <<'PY' &
import http.server, json, sys, time
def vector(samples): return json.dumps({"status": "success", "data": {"resultType": "vector", "result": samples}})
class H(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.split("/")[1]
        body, status = vector([]), 200
        if kind == "503": body, status = json.dumps({"status": "error", "error": "query timed out"}), 503
        if kind == "401": body, status = "who are you?", 401
        if kind == "page": body = "<html>sign in</html>"
        if kind == "half": body = vector([])[:40]
        if kind == "matrix": body = vector([]).replace("vector", "matrix")
        if kind == "warned": body = vector([])[:-1] + ', "warnings": ["remote store 2 of 3 not reachable"]}'
        if kind == "nan": body = vector([{"metric": {"digest": sys.argv[2]}, "value": [1, "NaN"]}])
        if kind == "long": body = " " * (33 << 20)
        if kind == "token": body, status = json.dumps({"status": "error", "error": self.headers.get("Authorization", "none")}), 400
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try: self.wfile.write(body.encode())
        except OSError: pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
open(sys.argv[1] + ".new", "w").write(str(s.server_port))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
s.serve_forever()
PY
pids="$pids $!"
wait_for 10 test -s "$T/stub"
stub=http://127.0.0.1:$(cat "$T/stub")
partial() { # PATH WHAT MESSAGE
	run rai-drift --model "$m" --prometheus "$stub/$1" --window 1h
	status 75 "$2"
	stderr_has "$3" 'is said'
	is "$(field data.verdict)" insufficient 'never taken for no drift'
}
partial 503 'a server error' 'status 503: query timed out'
partial warned 'a warning' 'not all of the data: remote store 2 of 3 not reachable'
partial page 'a page' 'this is no answer of a Prometheus'
partial half 'half an answer' 'this is no answer of a Prometheus'
partial matrix 'another kind of answer' 'this is no answer of a Prometheus'
partial nan 'NaN' 'a sample is no number: "NaN"'
partial empty 'nothing' 'no replica of house-price was seen in the window'
run rai-drift --model "$m" --prometheus "http://127.0.0.1:$(free_port)" --window 1h
status 75 'nobody there'
run rai-drift --model "$m" --prometheus "$stub/long" --window 1h
status 2 'an answer without end'
run rai-drift --model "$m" --prometheus "$stub/401" --window 1h
status 2 'a token is missing'
stderr_has 'refuses the token' 'is said'
echo s3cret >"$T/token"
run rai-drift --model "$m" --prometheus "$stub/token" --token "file:$T/token" --window 1h
stderr_has 'status 400: Bearer s3cret' 'a token from a file is sent'
run env RAI_PROMETHEUS_TOKEN=s3cret rai-drift --model "$m" --prometheus "$stub/token" --window 1h
stderr_has 'status 400: Bearer s3cret' 'and from the environment'
run env RAI_PROMETHEUS_TOKEN=s3cret rai-drift --model "$m" --prometheus http://192.0.2.1 --window 1h
status 2 'not over plain http to another machine'
run rai-drift --model "$m" --prometheus ftp://127.0.0.1 --window 1h
status 2 'no such scheme'
