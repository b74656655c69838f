# What the tests of rai-dispatch share; sourced after ci/tap.sh.
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
NOW=2026-11-23T10:00:10Z

# fresh: an empty remote and a clone in $T/work, where the tests go
fresh() {
	cd "$T" || exit 2
	rm -rf origin.git work
	git init -q --bare origin.git && git init -q work && git -C work remote add origin ../origin.git
	cd work || exit 2
}
# conf dispatch-line to-line [oversight]
conf() {
	cat >rai.yaml <<-END
	version: 1
	models:
	  house-price:
	    target: { column: Price }
	    oversight: ${3:-automatic}
	    dispatch: { $1${1:+, }to: { $2 } }
	END
}
# drift id digest time [type] [advice]: an event of rai-drift
drift() {
	printf '{"specversion":"1.0","id":"%s","source":"/rai/drift","type":"ai.reconciled.%s.v1",' "$1" "${4:-drift.detected}"
	printf '"subject":"house-price","time":"%s","correlationid":"INC-%s","data":{"model":"house-price",' "$3" "$1"
	printf '"digest":"sha256:%s","version":"model-v20261101-1","advice":"%s","accuracy":{"value":0.71},' "$2" "${5:-retrain}"
	printf '"message":"accuracy fell to 0.71"}}\n'
}
# am status fingerprint startsAt [label]: one alert of Alertmanager
am() {
	printf '{"status":"%s","labels":{"alertname":"LowAccuracy"%s},"annotations":{"summary":"below 0.8","value":"0.7"},' "$1" "${4:-}"
	printf '"startsAt":"%s","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p/g","fingerprint":"%s"}' "$3" "$2"
}
# body alerts: Alertmanager's webhook
body() {
	printf '{"receiver":"r","status":"firing","alerts":[%s],"groupLabels":{},"commonLabels":{},' "$1"
	printf '"commonAnnotations":{},"externalURL":"http://am","version":"4","groupKey":"{}:{}","truncatedAlerts":0}\n'
}
# types: what happened, in a word each, with the reason
types() { jq -r '(.type | split(".")[2:4] | join(".")) + (if .data.reason then ":" + .data.reason else "" end)' "$T/out" | paste -sd' '; }
answers() { is "$(types)" "$1" "$2"; }
# state: of the newest claim of a cause
state() { git -C "$T/origin.git" for-each-ref --format='%(contents)' 'refs/rai/claims/house-price.*' | jq -r .state | paste -sd' '; }
