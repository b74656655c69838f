#!/bin/sh
# Predictions as JSON, batch and form; headers; the log's lines.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
echo '{"model":"house-price","version":"model-v20170304-1"}' >"$T/model/release.json"
digest=sha256:$(sha256sum <"$T/model/model.safetensors" | cut -d' ' -f1)
serve one --log "$T/log"

ask "$url/predict" -H 'Content-Type: application/json' -d "$row"
is "$status_code" 200 'a JSON object is answered'
p=$(jq .prediction "$T/out")
is "$(jq -r '[.model, .version, .digest] | join(" ")' "$T/out")" \
	"house-price model-v20170304-1 $digest" 'the body names model, version, digest'
is "$(jq -r 'keys_unsorted | join(" ")' "$T/out")" 'prediction id model version digest' 'and no more'
is "$(header X-Model-Version)" model-v20170304-1 'X-Model-Version'
is "$(header X-Model-Digest)" "$digest" 'X-Model-Digest'
is "$(header X-Prediction-Id)" "$(jq -r .id "$T/out")" 'X-Prediction-Id'
first=$(jq -r .id "$T/out")
ask "$url/livez"
before=$(header Date)
sleep 1.1
ask "$url/livez"
ok 'Date is now' [ $(($(date +%s) - $(date -d "$(header Date)" +%s))) -le 1 ]
ok 'and goes on' [ "$(date -d "$(header Date)" +%s)" -gt "$(date -d "$before" +%s)" ]
is "$(header Date)" "$(LC_ALL=C date -u -d "$(header Date)" '+%a, %d %b %Y %H:%M:%S GMT')" 'as RFC 9110 has it'

ask "$url/predict" -d "$row"
is "$(jq .prediction "$T/out")" "$p" 'JSON sent as curl sends it by default gives the same'
ask "$url/predict" -d 'Rooms=3&Type=h&Date=4%2F03%2F2017&Distance=5.5&Suburb=Nowhere&Landsize=450'
is "$(jq .prediction "$T/out")" "$p" 'so does a form, with the date as the training data has it'
ask "$url/predict" -d "[$row,{},$row]"
is "$(jq -c '[.[].prediction] | [length, .[0] == .[2]]' "$T/out")" '[3,true]' 'a batch is an array'
is "$(header X-Prediction-Id)" "$(jq -r '.[0].id' "$T/out")" 'its header has the first id'
is "$(jq -r '[.[].id] | unique | length' "$T/out")" 3 'every row has its own'

ask "$url/predict" -H 'Accept: text/html,*/*;q=0.8' -d 'Rooms=3&Type=h&Suburb=%3Cb%3E'
is "$status_code $(header Content-Type)" '200 text/html; charset=utf-8' 'a browser gets a page'
ok 'with the version' grep -q 'model-v20170304-1, prediction' "$T/out"
ok 'and the prediction id' grep -qF "$(header X-Prediction-Id)" "$T/out"
ok 'the form keeps what was typed' grep -qF 'value="&#60;b&#62;"' "$T/out"
ok 'and what was chosen' grep -qF '<option value="h" selected>h</option>' "$T/out"
ask "$url/predict" -H 'Accept: text/html' -d 'Rooms=many'
is "$status_code" 400 'a wrong form'
ok 'is shown again with the reason' grep -qF 'Rooms: &#34;many&#34; is not a number' "$T/out"

ask "$url/"
is "$(header Content-Type)" 'text/html; charset=utf-8' 'the form is a page'
for f in Rooms Type Date Distance Suburb Landsize; do
	ok "with the field $f" grep -qE "<(input|select) [^>]*name=\"$f\"" "$T/out"
done
ok 'a number input' grep -qE '<input id="f[0-9]+" type="number" step="any" [^>]*name="Rooms"' "$T/out"
ok 'a date input' grep -qE 'type="date" name="Date"' "$T/out"
ok 'few categories to choose from' grep -qE '<select id="f[0-9]" name="Type"><option value="">not known</option><option value="h">h</option>' "$T/out"
ok 'many to type' grep -qE '<datalist id="l[0-9]+"><option value="[^"]+">' "$T/out"
ok 'the range of training' grep -qE '[0-9]+ to [0-9]+ in training' "$T/out"
ok 'nothing from elsewhere' sh -c "! grep -qE 'src=|https?:|<script' '$T/out'"

ask "$url/version"
is "$(jq -c '[.model,.version,.kind]' "$T/out")" '["house-price","model-v20170304-1","tree"]' '/version'
for path in livez readyz healthz; do
	ask "$url/$path"
	is "$status_code $(cat "$T/out")" '200 ok' "/$path"
done
ask -I "$url/"
is "$status_code" 200 'HEAD'
ask -0 "$url/predict" -d "$row"
is "$(jq .prediction "$T/out")" "$p" 'HTTP/1.0'
is "$(printf 'GET http://host/livez HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n' |
	python3 -c 'import socket,sys
s=socket.create_connection(("127.0.0.1",int(sys.argv[1]))); s.sendall(sys.stdin.buffer.read())
print(s.makefile("rb").read().decode().split("\r\n")[0])' "${url##*:}")" 'HTTP/1.1 200 OK' 'an absolute URI'

ask "$url/feedback" -d "{\"id\":\"$first\",\"actual\":1480000}"
is "$status_code $(cat "$T/out")" '200 {"joined":1,"unknown":0,"repeated":0}' 'feedback'
kill "$pid"; ended "$pid"
is "$code" 0 'SIGTERM ends with 0'
is "$(wc -l <"$T/log")" 9 'every prediction and feedback is a line'
is "$(head -1 "$T/log" | jq -c 'del(.time)')" \
	"{\"type\":\"prediction\",\"id\":\"$first\",\"model\":\"house-price\",\"version\":\"model-v20170304-1\",\"digest\":\"$digest\",\"features\":$(echo "$row" | jq -c '{Suburb,Rooms,Type,Date,Distance,Landsize}'),\"prediction\":$p}" \
	'a prediction in the log'
is "$(head -1 "$T/log" | jq -r .time | sed 's/[0-9]/9/g; s/\.9*Z/Z/')" '9999-99-99T99:99:99Z' 'its time'
is "$(sed -n 3p "$T/log" | jq -c .features.Date)" '"2017-03-04"' 'a date of a form, in ISO'
is "$(sed -n 5p "$T/log" | jq -c '.features | map(. == null) | all')" true 'absent fields, as null'
is "$(sed -n 9p "$T/log" | jq -c 'del(.time)')" "{\"type\":\"feedback\",\"id\":\"$first\",\"actual\":1480000}" \
	'a feedback in the log'
