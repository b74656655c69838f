#!/bin/sh
# Only what an allowed signer has signed is served, at the start and ever after.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
if ! command -v ssh-keygen >/dev/null; then
	pass 'signatures # SKIP there is no ssh-keygen'
	exit
fi
train 1
m=$T/model/model.safetensors
cp "$m" "$T/a"
train 2
cp "$m" "$T/b"
da=sha256:$(sha256sum <"$T/a" | cut -d' ' -f1) db=sha256:$(sha256sum <"$T/b" | cut -d' ' -f1)
for k in good other; do ssh-keygen -q -t ed25519 -N '' -C "$k" -f "$T/$k"; done
echo "team@example.com namespaces=\"rai-model\" $(cat "$T/good.pub")" >"$T/signers"
sign() { rm -f "$2.sig"; ssh-keygen -q -Y sign -f "$T/$1" -n "${3:-rai-model}" "$2" 2>"$T/sign.err"; }

# refused PATTERN WHAT: it does not start
refused() {
	run rai-serve --listen 127.0.0.1:0 --model "$m" --signers "$T/signers"
	status 2 "$2"
	stderr_has "$1" 'says so'
}
refused "$m.sig: No such file" 'no signature'
sign other "$m"
refused "$m.sig: signed with a key that is not an allowed signer's" 'one of somebody else'
sign good "$m" file
refused 'signed for the namespace "file", not for "rai-model"' 'one for another purpose'
sign good "$m"
cp "$T/a" "$m"
refused "$m.sig: the signature is not of these bytes" 'one of another file'
cp "$T/b" "$m"
run rai-serve --listen 127.0.0.1:0 --model "$m" --signers "$T/none"
status 2 'no file of signers'
stderr_has "$T/none" 'is named'
run rai-serve --listen 127.0.0.1:0 --model "$m" --signers "$T/signers" --digest "$da"
status 2 'signed, but not the digest'
stderr_has "the file is $db, and it must be $da" 'both are told'

serve one --signers "$T/signers" --admin "$T/admin" --watch
is "$(curl -s "$url/version" | jq -r .digest)" "$db" 'a signed model is served'
cp "$T/a" "$T/next" && mv "$T/next" "$m"
ok 'a file without its signature is not taken' wait_for 5 grep -q 'stays as it was: .*the signature is not of these bytes' "$T/one.err"
sign good "$m"
ok 'until the signature follows' wait_for 5 grep -q "now serving house-price unreleased ($da)" "$T/one.err"
ask --unix-socket "$T/admin" http://rai/models/house-price/load -d "{\"file\":\"$T/b\"}"
is "$status_code $(curl -s "$url/version" | jq -r .digest)" "500 $da" 'an order to load needs one, too'
mkfifo "$T/b.sig"
ask --unix-socket "$T/admin" http://rai/models/house-price/load -d "{\"file\":\"$T/b\"}"
is "$status_code $(jq -r .error "$T/out")" "409 $T/b.sig: is no regular file" 'and no pipe that never has it'
sign good "$T/b"
ask --unix-socket "$T/admin" http://rai/models/house-price/load -d "{\"file\":\"$T/b\"}"
is "$status_code $(curl -s "$url/version" | jq -r .digest)" "200 $db" 'with it, it is done'
: >"$T/signers"
ask --unix-socket "$T/admin" http://rai/models/house-price/reload -X POST
is "$status_code" 409 'who is no signer any more'
ok 'has not signed' jq -e '.error | contains("not an allowed signer")' "$T/out"
kill "$pid"; ended "$pid"

echo "team $(cat "$T/good.pub")" >"$T/signers"
cp "$T/b" "$m"; sign good "$m"
run rai-serve --listen 127.0.0.1:0 --model "$m" --signers "$T/signers" --shadow "$T/a"
status 2 'a model on trial'
stderr_has "$T/a.sig: No such file" 'must be signed, too'
run rai-serve --stdin --model "$T/a" --signers "$T/signers"
status 2 'a model that filters'
stderr_has "$T/a.sig: No such file" 'as well'
