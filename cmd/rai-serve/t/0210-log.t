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
refused 'that --log-max-size rotates: give both' --log x --log-keep 3
refused 'that --log-max-size rotates: give both' --log-keep 3
refused 'at least 4096 bytes' --log x --log-max-size 1K
refused 'at most 1000' --log x --log-max-size 1M --log-keep 1001
refused 'are about a --log' --log-sample 10%
refused 'are about a --log' --log-redact Rooms
for share in 10 0% 101% % -5% x%; do
	refused 'a share of the predictions, such as 10%' --log x "--log-sample=$share"
done
refused '--log-redact Room: no model that is served has such a feature' --log "$T/unmade" --log-redact Rooms --log-redact Room
ok 'and nothing has been made' test ! -e "$T/unmade"

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

# a sample: by the id, so that predictions and feedback stand together; the lines say so
serve three --log "$T/sampled" --log-sample 25% --log-redact Suburb --log-redact Rooms
{ echo "[$row"; yes ",$row" | head -n 1999; echo ']'; } >"$T/rows"
curl -s "$url/predict" -d "@$T/rows" >"$T/many"
jq -c 'map({id, actual: 1})' "$T/many" >"$T/f"
curl -s "$url/feedback" -d "@$T/f" >"$T/out"
is "$(metric 'rai_feedback_total{outcome="joined"}')" 2000 'every true value joins'
kill "$pid"; ended "$pid"
jq -r 'select(.type == "prediction").id' "$T/sampled" | sort >"$T/p"
jq -r 'select(.type == "feedback").id' "$T/sampled" | sort >"$T/f"
# 2000 draws of 1 in 4: 500, standard deviation 19
ok "about a quarter is logged ($(wc -l <"$T/p"))" sh -c "[ $(wc -l <"$T/p") -gt 400 ] && [ $(wc -l <"$T/p") -lt 600 ]"
ok 'with the feedback of the same predictions' cmp "$T/p" "$T/f"
is "$(jq -c 'select(.type == "prediction") | [.sample, .redacted, .features.Rooms, .features.Suburb, .features.Type]' "$T/sampled" | sort -u)" \
	'[0.25,["Suburb","Rooms"],null,null,"h"]' 'lines say the share and what they do not say'
