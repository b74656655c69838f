#!/bin/sh
# Orders over the admin socket: another file, the same again, the way back.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train_two
da=$(digest_of "$T/a.safetensors") db=$(digest_of "$T/b.safetensors")
serve one --admin "$T/admin"
order() { path=$1; shift; ask --unix-socket "$T/admin" "http://rai$path" "$@"; }
serving() { curl -s "$url/version" | jq -r .digest; }

order /models
is "$(jq -c '.models[] | [.model, .default, .current.digest, .current.file, .previous]' "$T/out")" \
	"[\"house-price\",true,\"$db\",\"$m\",null]" 'one model, and nothing before it'
order /models/house-price/back-out -X POST
is "$status_code $(cat "$T/out")" '409 {"error":"model house-price has not replaced another one"}' 'no way back yet'
order /models/house-price/load -d "{\"file\":\"$T/a.safetensors\"}"
is "$status_code $(jq -r '[.current.digest, .previous.digest] | join(" ")' "$T/out")" "200 $da $db" 'another file'
is "$(serving)" "$da" 'answers now'
ok 'standard error tells' grep -q "now serving house-price unreleased ($da)" "$T/one.err"
order /models/house-price/back-out -X POST
is "$status_code $(jq -r '[.current.digest, .previous.digest] | join(" ")' "$T/out")" "200 $db $da" 'back'
is "$(serving)" "$db" 'the one before answers'
ok 'standard error tells that, too' grep -q "backed out: now serving house-price unreleased ($db)" "$T/one.err"
kill -HUP "$pid"
ok 'SIGHUP does not bring it back' wait_for 5 grep -q "house-price: $T/a.safetensors has not changed" "$T/one.err"
is "$(serving)" "$db" 'as the file has not changed'
order /models/house-price/reload -X POST
is "$status_code $(serving)" "200 $da" 'an order to read it again does'

head -c 3000 "$T/a.safetensors" >"$T/bad.safetensors"
order /models/house-price/load -d "{\"file\":\"$T/bad.safetensors\"}"
is "$status_code $(serving)" "409 $da" 'a bad file changes nothing'
ok 'and is named' jq -e --arg f "$T/bad.safetensors" '.error | contains($f)' "$T/out"
order /models/house-price/load -d "{\"file\":\"$T/none\"}"
is "$status_code" 500 'a file that is not there'
mkdir "$T/pipes" && mkfifo "$T/fifo" "$T/pipes/release.json" && cp "$T/b.safetensors" "$T/pipes/m"
order /models/house-price/load -d "{\"file\":\"$T/fifo\"}"
is "$status_code $(jq -r .error "$T/out")" "409 $T/fifo: not a safetensors file: not a regular file" \
	'a pipe is not waited for'
order /models/house-price/load -d "{\"file\":\"$T/pipes/m\"}"
is "$status_code $(jq -r .error "$T/out")" "409 $T/pipes/release.json: is no regular file" \
	'nor is one in the place of a release.json'
order /models/house-price/load -d '{"path":"x"}'
is "$status_code" 400 'an order without a file'
order /models/house-price/load
is "$status_code $(header Allow)" '405 POST' 'an order is a POST'
order /models/none/reload -X POST
is "$status_code" 404 'an unknown name'
order /models
is "$(jq -r '.models[0].current.file' "$T/out")" "$T/a.safetensors" 'the file is still the one that was loaded'
cp "$T/b.safetensors" "$T/next" && mv "$T/next" "$T/a.safetensors"
kill -HUP "$pid"
ok 'which SIGHUP looks at from now on' wait_for 5 sh -c "curl -s '$url/version' | grep -q $db"
kill "$pid"; ended "$pid"
is "$code" 0 'SIGTERM'
