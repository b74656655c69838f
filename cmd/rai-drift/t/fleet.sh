# Sourced by the tests of fleets, after serve.sh: a Prometheus that dies with the test.

# scrape url...: it scrapes these as job "fleet", twice a second; sets $root and $watcher
scrape() {
	port=$(free_port) root=http://127.0.0.1:$port
	cat >"$T/prometheus.yml" <<-END2
		global: { scrape_interval: 500ms, scrape_timeout: 500ms }
		scrape_configs:
		- job_name: fleet
		  static_configs: [ { targets: [ $(printf '"%s", ' "$@" | sed 's|http://||g; s/, $//') ] } ]
	END2
	prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
		--web.listen-address="127.0.0.1:$port" >"$T/prometheus.log" 2>&1 &
	watcher=$!
	pids="$pids $watcher"
}
