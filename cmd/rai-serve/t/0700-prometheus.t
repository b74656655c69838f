#!/bin/sh
# A real Prometheus scrapes three replicas: what it answers is what was sent, to the last row.
. ci/tap.sh
command -v prometheus >/dev/null || skip_all 'prometheus is not installed (scripts/bootstrap test)'
. cmd/rai-serve/t/serve.sh
train 1
serve one; one=$url
serve two; two=$url
serve three; three=$url

# send N URL BODY: N requests of BODY, eight at a time
send() {
	i=0
	while [ "$i" -lt "$1" ]; do echo "url = $2/predict"; echo "output = $T/reply.$i"; i=$((i + 1)); done >"$T/urls"
	curl -s -Z --parallel-max 8 -K "$T/urls" -d "$3" 2>"$T/meter"
}
send 40 "$one" "$row"
send 25 "$two" '[{"Type":"h"},{"Type":"villa"}]'
send 10 "$three" "[$row,{}]"
send 3 "$three" '{"Rooms":"many"}'
# truth about three predictions: right, half, right
for factor in 1 2 1; do
	curl -s "$one/predict" -d "$row" >"$T/p"
	jq -c "{id, actual: (.prediction * $factor)}" "$T/p" >"$T/f"
	curl -s "$one/feedback" -d "@$T/f" >"$T/out"
done

port=$(free_port)
cat >"$T/prometheus.yml" <<-END2
	global: { scrape_interval: 500ms, scrape_timeout: 500ms }
	scrape_configs:
	- job_name: fleet
	  static_configs: [ { targets: [ "${one#http://}", "${two#http://}", "${three#http://}" ] } ]
END2
prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
	--web.listen-address="127.0.0.1:$port" >"$T/prometheus.log" 2>&1 &
pids="$pids $!"
# query EXPRESSION: its values, one a line
query() {
	curl -s "http://127.0.0.1:$port/api/v1/query" --data-urlencode "query=$1" |
		jq -r '.data.result | sort_by(.metric | tostring) | .[].value[1]'
}
sum_is() { [ "$(query "$1")" = "$2" ]; }
ok 'all three are scraped' wait_for 30 sum_is 'sum(up)' 3
ok 'and again' wait_for 30 sum_is 'count(count_over_time(up[1h]) >= 2)' 3
is "$(query 'sum(request_count_total{route="/predict",code="200"})')" 78 'good requests of the fleet'
is "$(query 'sum(request_count_total{route="/predict",code="400"})')" 3 'and bad ones'
is "$(query 'sum(prediction_latency_seconds_count)')" 78 'the good ones are timed'
is "$(query 'sum(prediction_latency_seconds_bucket{le="+Inf"})')" 78 'in buckets'
is "$(query 'histogram_quantile(1, sum by (le) (prediction_latency_seconds_bucket)) > 0 < 1' | wc -l)" 1 'of which quantiles come'
rows=$((40 + 2 * 25 + 2 * 10 + 3))
is "$(query 'sum(rai_feature_observations_total{feature="Rooms"})')" "$rows" 'rows of the fleet, by a feature'
is "$(query 'sum(rai_prediction_observations_total)')" "$rows" 'and by their predictions'
is "$(query 'sum(rai_feature_observations_total{feature="Rooms",bin="missing"})')" 60 'values that were missing'
is "$(query 'sum(rai_feature_observations_total{feature="Type",bin="unseen"})')" 25 'a category that training has not seen'
is "$(query 'count(sum by (feature) (rai_feature_observations_total) == '"$rows"')')" 6 'every feature has every row'
is "$(query 'max(model_accuracy)')" 0.8333333333333334 'the accuracy'
is "$(query 'sum(rai_remembered_predictions{truth="yes"}) / sum(rai_remembered_predictions)')" \
	"$(jq -n "3 / $rows")" 'coverage of the fleet'
is "$(query 'count(count by (digest) (rai_model_info))')" 1 'they serve one model'
metadata() { curl -s "http://127.0.0.1:$port/api/v1/metadata?metric=$1" | jq -r ".data[\"$1\"][0] | \"\(.type) \(.unit)\""; }
is "$(metadata prediction_latency_seconds)" 'histogram seconds' 'it has read OpenMetrics: units are only there'
is "$(metadata rai_model)" 'info ' 'and infos'
is "$(grep -c 'level=error\|level=warn.*scrape' "$T/prometheus.log")" 0 'and found nothing to complain about'
