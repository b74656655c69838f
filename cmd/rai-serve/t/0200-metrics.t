#!/bin/sh
# Counters and accuracy, to the last digit; the text is what Prometheus reads.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
serve one --window 3
is "$(metric 'model_accuracy{model="house-price"}')" NaN 'no accuracy without a pair'
is "$(metric 'latest_prediction_accuracy{model="house-price"}')" NaN 'nor the latest'
is "$(metric 'request_count_total{route="/predict",code="200"}')" 0 'the predictions start at 0'

# truth FACTOR: predicts, then says that the true value is FACTOR times the prediction
truth() {
	curl -s "$url/predict" -d "$row" >"$T/p"
	jq -c "{id, actual: (.prediction * $1)}" "$T/p" >"$T/f"
	ask "$url/feedback" -H 'Content-Type: application/json' -d "@$T/f"
}
truth 2
is "$(metric 'model_accuracy{model="house-price"}')" 0.5 'half of the true value is an accuracy of 0.5'
truth 0.25
is "$(metric 'latest_prediction_accuracy{model="house-price"}')" 0 'an error of 300 % is 0, not less'
is "$(metric 'model_accuracy{model="house-price"}')" 0 'also over the window: 1 - (0.5 + 3) / 2 is below 0'
truth 1
truth 1
truth 4
is "$(metric 'model_accuracy{model="house-price"}')" 0.75 'only the last 3 pairs count'
# three times a prediction is rounded, by the prediction
is "$(metric 'latest_prediction_accuracy{model="house-price"}' | awk '{ printf "%.14g", $1 }')" 0.25 'the latest alone'
is "$(metric 'rai_accuracy_pairs{model="house-price"}')" 3 'pairs in the window'
ask "$url/feedback" -d "@$T/f"
is "$(cat "$T/out")" '{"joined":0,"unknown":0,"repeated":1}' 'truth about the same prediction counts once'
ask "$url/feedback" -d '[{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","actual":1}]'
is "$status_code" 202 'truth about an unknown prediction is accepted'
is "$(metric 'rai_feedback_total{outcome="joined"}') $(metric 'rai_feedback_total{outcome="unknown"}') $(metric 'rai_feedback_total{outcome="repeated"}')" \
	'5 1 1' 'and counted apart'
is "$(metric 'request_count_total{route="/predict",code="200"}')" 5 'predictions are counted'
is "$(metric 'request_count_total{route="/feedback",code="202"}')" 1 'by status'
is "$(metric 'prediction_latency_seconds_count{model="house-price"}')" 5 'and timed'
is "$(metric 'prediction_latency_seconds_bucket{model="house-price",le="+Inf"}')" 5 'the last bucket has all'
curl -s "$url/predict" -d '{"Type":"villa"}' >"$T/p"
sum() { curl -s "$url/metrics" | grep -F "$1" | awk '{ s += $2 } END { print s }'; }
is "$(sum 'rai_feature_observations_total{model="house-price",feature="Rooms"')" 6 'every value is in one bin'
is "$(metric 'rai_feature_observations_total{model="house-price",feature="Rooms",bin="missing"}')" 1 'missing is a bin'
is "$(metric 'rai_feature_observations_total{model="house-price",feature="Type",bin="unseen"}')" 1 'unseen is a bin'
is "$(sum 'rai_prediction_observations_total{')" 6 'predictions have bins'
is "$(sum 'rai_model_info{model="house-price",version="unreleased",digest="sha256:')" 1 \
	'the model by name'
is "$(curl -s "$url/metrics" | grep -c '^rai_prediction_log_dropped_total')" 0 'without a log no counters of it'
curl -s "$url/metrics" >"$T/metrics"
ok 'memory is shown' grep -qE '^process_resident_memory_bytes [0-9]{6,8}$' "$T/metrics"
ok 'and the start' grep -qE '^process_start_time_seconds [0-9.]+$' "$T/metrics"
ask "$url/metrics"
is "$(header Content-Type)" 'text/plain; version=0.0.4; charset=utf-8' 'the type that Prometheus wants'
if command -v promtool >/dev/null; then
	ok 'promtool finds nothing wrong' sh -c "promtool check metrics <'$T/metrics'"
else
	pass 'promtool # SKIP it is not installed'
fi
ask "$url/metrics" -H 'Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
is "$(header Content-Type)" 'application/openmetrics-text; version=1.0.0; charset=utf-8' 'OpenMetrics where it is asked for'
is "$(tail -n 1 "$T/out")" '# EOF' 'to its end'
samples() { grep -v '^#' "$1" | grep -vE '^(process_cpu|process_resident|request_count_total.route="/metrics)'; }
samples "$T/metrics" >"$T/a"; samples "$T/out" >"$T/b"
ok 'with the same samples' cmp "$T/a" "$T/b"
# a strict reader that is not ours
if python=$(PATH=/usr/bin:$PATH command -v python3) && $python -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	ok "Prometheus' own OpenMetrics parser reads it" $python -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = {f.name: f for f in parse(open(sys.argv[1]).read())}
assert families["request_count"].type == "counter"
assert families["prediction_latency_seconds"].unit == "seconds"
assert families["rai_model"].type == "info"
' "$T/out"
else
	pass "python3-prometheus-client # SKIP it is not installed"
fi
kill "$pid"; ended "$pid"

# a model that is taken back does not bring its past with it: a counter that jumps is a rate of rows that nobody sent
train_two
serve two --admin "$T/admin"
order() { path=$1; shift; ask --unix-socket "$T/admin" "http://rai$path" -X POST "$@"; }
rows() { sum 'rai_feature_observations_total{model="house-price",feature="Rooms"'; }
for _ in 1 2 3; do ask "$url/predict" -d "$row"; done
is "$(rows)" 3 'rows of a model'
order /models/house-price/load -d "{\"file\":\"$T/a.safetensors\"}"
ask "$url/predict" -d "$row"
is "$(rows)" 1 'its successor begins at 0'
order /models/house-price/back-out
is "$status_code $(rows)" '200 0' 'and so does the model when it is taken back'
ask "$url/predict" -d "$row"
is "$(rows) $(sum 'rai_prediction_observations_total{')" '1 1' 'and goes on from there'
ask "$url/predict" -X PUT
is "$status_code $(metric 'request_count_total{route="other",code="405"}')" '405 1' 'a method that a path does not take has no route'
order /models/house-price/load -d "{\"file\":\"$T/metrics\"}"
is "$status_code $(metric 'request_count_total{route="/models/{model}/load",code="409"}')" '409 1' 'an order that could not be followed is counted as such'
