#!/bin/sh
# The prediction log's options: what contradicts is refused, rotation loses and cuts no line.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
refused() {
	want=$1; shift
	run rai-serve --model "$T/model/model.safetensors" "$@"
	status 2 "refused: $*"
	stderr_has "$want" 'and it is said why'
}
refused '--log-sync is none, second or batch, not "often"' --log x --log-sync often
refused 'are about a --log' --log-max-size 1M
refused 'are about a --log' --log-sync batch
refused 'standard output cannot be rotated' --log - --log-max-size 1M
refused 'at least 4096 bytes' --log x --log-max-size 1K
refused 'at most 1000' --log x --log-max-size 1M --log-keep 1001

serve one --log "$T/log" --log-max-size 8K --log-keep 3 --log-sync batch
curl -s -o "$T/many" "$url/predict" -d "$row" --next -s -o "$T/many" "$url/predict" -d "[$row$(yes ",$row" | head -n 99 | tr -d '\n')]"
wait_for 10 test "$(metric rai_prediction_log_lines_total)" = 101
is "$(metric rai_prediction_log_lines_total)" 101 'every line is written'
is "$(metric rai_prediction_log_dropped_total) $(metric rai_log_errors_total)" '0 0' 'none is lost'
is "$(ls "$T" | grep -c '^log')" 4 'the log and three that it was'
is "$(cat "$T"/log* | jq -c 'select(.type != "prediction")' | wc -l)" 0 'only whole lines'
ok 'no file is larger' sh -c "[ \$(cat '$T/log.1' | wc -c) -le 8192 ] && [ \$(cat '$T/log' | wc -c) -le 8192 ]"
jq -r .id "$T/log.3" "$T/log.2" "$T/log.1" "$T/log" >"$T/ids"
ok 'in their order' sh -c "sort -c '$T/ids'"
is "$(tail -n 1 "$T/ids")" "$(jq -r '.[-1].id' "$T/many")" 'the last one is the last'
# the same file for as long as it is not full, by another server too
before=$(cat "$T/log" | wc -l)
kill "$pid"; ended "$pid"
serve two --log "$T/log" --log-max-size 1M
curl -s "$url/predict" -d "$row" >"$T/p"
kill "$pid"; ended "$pid"
is "$(cat "$T/log" | wc -l)" $((before + 1)) 'another server goes on with the file'
