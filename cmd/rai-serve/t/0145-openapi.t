#!/bin/sh
# The OpenAPI document: whole, and as the server is.  openapi-spec-validator looks at it in 0910-clients.t.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
echo '{"model":"house-price","version":"v7"}' >"$T/model/release.json"
serve one --linger 30s
json='Content-Type: application/json'

ask "$url/openapi.json"
cp "$T/out" "$T/api"
is "$(jq -c '[.openapi, .info.title, .info.version]' "$T/api")" '["3.0.3","house-price","v7"]' 'the OpenAPI document'
is "$(jq -c '.components.schemas.Row.properties | keys' "$T/api")" "$(echo "$row" | jq -c keys)" 'has the fields'
is "$(jq -r '[.. | objects | .["$ref"]? // empty | ltrimstr("#/components/schemas/")] - (.components.schemas | keys) | length' "$T/api")" \
	0 'every reference leads somewhere'
ask "$url/nothing" # says which paths there are
is "$(jq -c --slurpfile api "$T/api" '.error | split("there are ")[1] | rtrimstr(")") | split(", ") - ($api[0].paths | keys)' "$T/out")" \
	'[]' 'every path is there'
is "$(jq -c '[.paths[][] | select(.summary | startswith("/")) | .summary]' "$T/api")" '[]' 'and described'
ask "$url/models/house-price/openapi.json"
ok 'the same of a model by name' cmp -s "$T/out" "$T/api"

# declared METHOD PATTERN: the last reply has a status and a type that the document has for them
declared() {
	jq -e --arg p "$2" --arg m "$1" --arg s "$status_code" --arg t "$(header Content-Type | cut -d';' -f1)" \
		'.paths[$p][$m].responses[$s].content | has($t)' "$T/api" >/dev/null && return
	echo "$1 $2: $status_code $(header Content-Type)"
}
# everything: asks for every path that is read, and says which reply is not declared
everything() {
	for path in $(jq -r '.paths | to_entries[] | select(.value.get) | .key' "$T/api"); do
		ask "$url$(echo "$path" | sed 's/{model}/house-price/; s/{version}/v7/')"
		declared get "$path"
	done
}
is "$(everything)" '' 'every path that is read answers as it says'
sent() { # PATTERN curl-arguments...: the same of one that is sent something
	path=$1; shift
	ask "$url$(echo "$path" | sed 's/{model}/house-price/; s/{version}/v7/')" "$@"
	is "$(declared post "$path")" '' "$path says so, too ($status_code $(header Content-Type))"
}
for type in application/json text/csv text/html; do
	sent /predict -H "Accept: $type" -d 'Rooms=3'
done
id=$(header X-Prediction-Id)
sent '/models/{model}/predict' -H "$json" -d '[{},{}]'
for type in application/json text/csv; do
	sent /invocations -H "$json" -H "Accept: $type" -d "{\"dataframe_records\":[$(echo "$row" | jq -c '.Address = "1 Some St"')]}"
done
sent /feedback -d "{\"id\":\"$id\",\"actual\":1}"
sent /feedback -d '{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","actual":1}'
is "$status_code" 202 'a truth that nobody waits for'
sent '/v1/models/{model}:predict' -d '{"instances":[{}]}'
sent '/v1/models/{model}:explain' -d '{"instances":[{}]}'
for type in text/plain application/json; do
	ask "$url/version" -H "Accept: $type"
	is "$(declared get /version)" '' "so does /version as $type"
done
ask "$url/metrics" -H 'Accept: application/openmetrics-text'
is "$(declared get /metrics)" '' 'and OpenMetrics'
is "$(jq -c '.components.schemas as $s | $s.Invocation.properties.dataframe_records.items["$ref"] | ltrimstr("#/components/schemas/") | $s[.].additionalProperties != false' "$T/api")" \
	true 'a record may have more than the model knows, which is dropped'
is "$(jq -c '.components.schemas.Row.additionalProperties' "$T/api")" false 'a row may not'
ask "$url/livez" -H 'Host: elsewhere.example'
is "$status_code $(jq -r 'keys[]' "$T/out")" '421 error' 'a path without a token has errors'
is "$(jq -c '[.paths[][].responses | select(.default.content["application/json"].schema["$ref"] != "#/components/schemas/Error")]' "$T/api")" \
	'[]' 'which all paths declare'
ask "$url/predict" -H 'Accept: text/html' -d 'Rooms=many'
is "$status_code $(jq -c --arg t "$(header Content-Type | cut -d';' -f1)" '.paths["/predict"].post.responses.default.content | has($t)' "$T/api")" \
	'400 true' 'for people as a page'

kill "$pid"
unready() { ask "$url/readyz"; [ "$status_code" = 503 ]; }
ok 'while it stops' wait_for 5 unready
is "$(everything)" '' 'every path still answers as it says'
kill -INT "$pid"; ended "$pid"
is "$code" 0 'the end'
