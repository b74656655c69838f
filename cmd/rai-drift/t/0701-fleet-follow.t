#!/bin/sh
# A fleet that is followed through a real Prometheus: a replica vanishes, then Prometheus does.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
. cmd/rai-drift/t/fleet.sh
command -v prometheus >/dev/null || skip_all 'prometheus is not installed (scripts/bootstrap test)'
train 1
m=$T/model/model.safetensors
serve one; one=$url
serve two; two=$url second=$pid
scrape "$one" "$two"
cat >"$T/rai.yaml" <<-END2
	version: 1
	models:
	  house-price:
	    drift: { window: 10s, slide: 1s, sustain: 2, alpha: 0.001, fleet: { prometheus: "$root", replicas: 2 } }
END2

# the same market all the time, 20 rows a second to each
market --rows 4000 --seed 11 >"$T/live.csv"
python3 - "$T" <<'PY'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/live.csv", encoding="utf-8-sig")))
keep = ("Rooms", "Type", "Date", "Distance", "Suburb", "Landsize")
rows = [{k: r[k] for k in keep if r[k] != ""} for r in rows]
for i in range(200):
    json.dump(rows[20 * i:20 * i + 20], open("%s/live.%d" % (sys.argv[1], i), "w"))
PY
visit() {
	i=0
	while sleep 0.9; do
		for to in "$one" "$two"; do
			curl -s -m 5 -o /dev/null "$to/predict" -d "@$T/live.$i"
			i=$(((i + 1) % 200))
		done
	done
}
visit 2>/dev/null &
pids="$pids $!"
follow() {
	rai-drift --model "$m" --config "$T/rai.yaml" --follow --state "$T/state" \
		--textfile "$T/drift.prom" >"$T/events" 2>"$T/notes" &
	drift=$!
	pids="$pids $drift"
}
last() { tail -n 1 "$T/events" | jq -r ".$1"; }
last_is() { [ "$(last "$1")" = "$2" ]; }
told() { grep -c "\"type\":\"ai.reconciled.$1.v1\"" "$T/events"; }
beat() { awk '$1 ~ /^rai_drift_heartbeat/ { print $2 }' "$T/drift.prom"; }
later() { awk -v a="$1" -v b="$(beat)" 'BEGIN { exit !(b > a) }'; }
verdict() { grep -F "verdict=\"$1\"" "$T/drift.prom" | awk '{ print $2 }'; }

follow
ok 'a window that is not whole is no evidence' wait_for 10 last_is type ai.reconciled.evidence.insufficient.v1
ok 'once it is, there is no drift' wait_for 30 last_is type ai.reconciled.drift.cleared.v1
is "$(verdict none)" 1 'also for the collector of textfiles'
kill -9 "$second"
ok 'a replica less' wait_for 20 last_is type ai.reconciled.evidence.insufficient.v1
ok 'is what is said' grep -qE 'replicas were there|of the scrapes' "$T/events"
is "$(verdict insufficient) $(verdict none)" '1 0' 'for the collector too'
listen=${two#http://}
rai-serve --model "$m" --listen "$listen" --threads 2 >"$T/two.out" 2>"$T/two.err" &
pids="$pids $!"
ok 'it came back, and a whole window later there is no drift' wait_for 60 last_is type ai.reconciled.drift.cleared.v1
cleared=$(told drift.cleared)
kill -9 "$watcher"
ok 'Prometheus is gone' wait_for 20 last_is type ai.reconciled.evidence.insufficient.v1
was=$(beat)
events=$(wc -l <"$T/events")
ok 'the heart beats on' wait_for 40 later "$was"
is "$(verdict insufficient) $(verdict none)" '1 0' 'and nobody is told that nothing has drifted'
is "$(told drift.cleared) $(told drift.detected)" "$cleared 0" 'neither in an event'
is "$(wc -l <"$T/events")" "$events" 'what goes on is said once'
ok 'and at every look on standard error' [ "$(grep -c '127.0.0.1' "$T/notes")" -ge 3 ]
kill "$drift"
ended "$drift"
is "$code" 75 'it ends with 75: the same may be seen later'
is "$(jq -r .watch.verdict "$T/state" 2>/dev/null | grep -v null)" 3 'and remembers that it could not see'
