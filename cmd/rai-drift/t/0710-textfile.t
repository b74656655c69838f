#!/bin/sh
# Metrics for the textfile collector: what the event says, accepted by promtool.
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
judge() { run rai-drift --model m.safetensors --detector none --now 2026-11-24T00:00:00Z --textfile metrics/drift.prom "$@"; }
value() { sed -n "s/^$1 //p" metrics/drift.prom; }
log 0 --rows 1000 >clean.jsonl
log 1000 --rows 1000 --inflate 40 >moved.jsonl
judge clean.jsonl
status 0 'no drift'
is "$(value 'rai_drift_verdict{model="house-price",verdict="none"}')" 1 'the verdict'
is "$(value 'rai_drift_verdict{model="house-price",verdict="drift"}')" 0 'and no other'
judge clean.jsonl moved.jsonl
is "$(value 'rai_drift_advice{model="house-price",advice="retrain"}')" 1 'the advice'
is "$(value 'rai_drift_accuracy{model="house-price"}')" "$(jq .data.accuracy.value out)" 'the accuracy is that of the event'
is "$(value 'rai_drift_psi{model="house-price",feature="Rooms"}')" "$(jq '.data.features[] | select(.name == "Rooms").psi' out)" 'so is the index'
is "$(value 'rai_drift_ks{model="house-price",feature="Rooms"}')" "$(jq '.data.features[] | select(.name == "Rooms").ks.d' out)" 'and KS'
is "$(grep -c 'feature="Date"' metrics/drift.prom)" 0 'dates are time itself'
is "$(value 'rai_drift_windows_total{model="house-price",kind="labels"}')" 4 'windows'
is "$(value 'rai_drift_label_coverage_ratio{model="house-price"}')" 1 'coverage'
is "$(value 'rai_drift_heartbeat_timestamp_seconds{model="house-price"}')" 1795478400 'the heartbeat'
is "$(value 'rai_drift_newest_row_timestamp_seconds{model="house-price"}' | cut -d. -f1)" \
	"$(date -u -d "$(jq -r .data.window.to out)" +%s)" 'the newest row'
is "$(ls metrics)" drift.prom 'nothing half-written lies about'
: >empty.jsonl
judge empty.jsonl
is "$(grep -c rai_drift_accuracy metrics/drift.prom)" 0 'what is not known is left out'
is "$(value 'rai_drift_verdict{model="house-price",verdict="insufficient"}')" 1 'no evidence is not "none"'
command -v promtool >/dev/null || exit 0
judge clean.jsonl moved.jsonl
ok 'promtool accepts it' sh -c '[ -z "$(promtool check metrics <metrics/drift.prom 2>&1)" ]'
