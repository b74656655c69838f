#!/bin/sh
# Rows over http and https: all of them or none, and never a secret in a message.
. ci/tap.sh

command -v python3 >/dev/null && command -v openssl >/dev/null || skip_all 'needs python3 and openssl'
server=$top/cmd/rai-train/t/origin.py
cd "$T" || exit 1
market --rows 60 --seed 1 >rows.csv
rai-train --describe rows.csv >want
export TMPDIR="$T/tmp"
mkdir tmp
unset http_proxy https_proxy all_proxy CURL_CA_BUNDLE SSL_CERT_FILE 2>/dev/null || :
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost 2>/dev/null
port=$(free_port)
python3 "$server" "$port" rows.csv >plain.log 2>&1 &
plain=$!
tls_port=$(free_port)
python3 "$server" "$tls_port" rows.csv ca.pem key.pem >tls.log 2>&1 &
tls=$!
cleanup() { kill "$plain" "$tls" 2>/dev/null; }
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1"; }
wait_for 10 listens "$port" && wait_for 10 listens "$tls_port" || skip_all 'no server'
http=http://127.0.0.1:$port
https=https://localhost:$tls_port
same() { status 0 "$1"; ok "$1: the same rows" cmp out want; }
refused() { # message, what
	status 2 "$2: status 2"
	stderr_has "$1" "$2: says why"
	stdout '' "$2: nothing on stdout"
}
# The slow ones side by side: each its own status and message.
later() { # name, arguments of rai-train
	(name=$1; shift; code=0; rai-train --describe "$@" >"$name.out" 2>"$name.err" || code=$?; echo "$code" >"$name.code") &
	eval "${1}_pid=$!"
}
gone() { # name, message, what
	eval "wait \"\$${1}_pid\""
	is "$(cat "$1.code")" 75 "$3: status 75"
	if grep -qF -e "$2" "$1.err"; then pass "$3: says why"; else fail "$3: says why"; note <"$1.err"; fi
	is "$(cat "$1.out")" '' "$3: nothing on stdout"
}
later hang --stall 1s "$http/hang"
later cut "$http/cut"
later down "$http/down"
later late "$http/late"
later nobody "http://127.0.0.1:$(free_port)/x"

run rai-train --describe "$http/rows.csv"
same 'http of this machine'
run rai-train --describe "$http/moved"
same 'a redirect'
run rai-train --describe "$http/busy"
same 'busy once'
SSL_CERT_FILE=$T/ca.pem run rai-train --describe "$https/rows.csv?token=hush"
same 'https with SSL_CERT_FILE'
CURL_CA_BUNDLE=$T/ca.pem SSL_CERT_FILE=/nonexistent run rai-train --describe "$https/moved"
same 'https with CURL_CA_BUNDLE'
gzip -k rows.csv
run rai-train --describe "file://$T/rows%2ecsv.gz"
same 'file: with an escape, and gzip'
run rai-train --describe "file:$T/rows.csv"
same 'file: without slashes'

mkdir loop
cat >loop/rai.yaml <<END
version: 1
models:
  m:
    data: { source: "$http/rows.csv?sig=hush" }
    target: { column: Price }
    train: { candidates: [linear] }
    gate: { against: nothing }
END
run rai-train -c loop/rai.yaml -o m
status 0 'a training from a URL'
is "$(jq -r .data.data.source out)" "$http/rows.csv" 'the event names it without its query'
is "$(jq -r .data.data.digest out)" "sha256:$(sha256sum <rows.csv | cut -d' ' -f1)" 'and the digest of its bytes'
ok 'the query was sent' grep -qF '/rows.csv?sig=hush' plain.log
run rai-train --predict m "$http/rows.csv"
status 0 'rows to predict'
is "$(wc -l <out)" 60 'all of them'

echo 'machine 127.0.0.1 login ann password pw' >.netrc
chmod 600 .netrc
run rai-train --describe "$http/private"
same 'a password from ~/.netrc'
rm .netrc
run rai-train --describe "$http/private"
refused "$http/private: the server answered 401: it wants a user and password" 'none'
run rai-train --describe "http://ann:pw@127.0.0.1:$port/private"
refused "$http/private: a user or password in a URL is there for all to read" 'a password in the URL'
run rai-train --describe "$http/none.csv?token=hush"
refused "$http/none.csv: the server answered 404: there is no such thing" 'not found'
ok 'the query is not told' sh -c '! grep -q hush err'
run rai-train --describe "$http/forbidden"
refused "$http/forbidden: the server answered 403" 'forbidden'
run rai-train --describe "$http/loop"
refused "$http/loop: the server answered 302: too many redirects" 'a loop'
is "$(grep -c '^/loop' plain.log)" 6 'a loop: six requests'
run rai-train --describe "$http/nowhere"
refused "$http/nowhere: the server answered 302: a redirect to nowhere" 'a redirect to nowhere'
run rai-train --describe "$http/elsewhere"
refused "$http/elsewhere: over plain http anybody" 'a redirect to plain http elsewhere'
run rai-train --describe "$http/passwd"
refused "$http/passwd" 'a redirect to a file'
SSL_CERT_FILE=$T/ca.pem run rai-train --describe "$https/downgrade"
refused "$https/downgrade: the server redirects from https to http" 'a redirect out of https'
run rai-train --describe "$https/rows.csv"
refused "$https/rows.csv: SSL certificate problem" 'an unknown authority'
SSL_CERT_FILE=$T/ca.pem run rai-train --describe "https://127.0.0.1:$tls_port/rows.csv"
refused "https://127.0.0.1:$tls_port/rows.csv: SSL: no alternative certificate subject name" 'the certificate of another'
run rai-train --describe "$http/endless"
refused 'does not tell how long the answer is' 'no length'
run rai-train --describe --max-download 100 "$http/rows.csv"
refused 'larger than 100 bytes' 'over the ceiling'
run rai-train --describe http://192.0.2.1/rows.csv
refused 'http://192.0.2.1/rows.csv: over plain http anybody on the way' 'http of another machine'
run rai-train --describe gs://bucket/rows.csv
refused '"gs:": only file:, https:// and s3:// are read; for others the program that can goes into data.command' 'another scheme'
run rai-train --describe file://elsewhere/rows.csv
refused 'must be file:///path' 'a file of another machine'
run rai-train --describe file:///rows%2.csv
refused 'after % must stand two digits' 'half an escape'
run rai-train --describe 'https://'
refused 'not a URL that can be called' 'no host'
TMPDIR=/nonexistent run rai-train --describe "$http/rows.csv"
refused '/nonexistent' 'no folder for temporary files'

gone hang "$http/hang: no byte came for 1 s (tried 4 times)" 'a server that hangs'
gone cut 'tried 4 times' 'a connection that is cut'
is "$(grep -c '^/cut' plain.log)" 4 'it was tried again'
gone down "$http/down: the server answered 503 (tried 4 times)" 'a server that is down'
gone late "$http/late: the server answered 429 (rate limit)" 'a server that asks for an hour'
gone nobody 'http://127.0.0.1:' 'nobody listens'
is "$(ls -A tmp)" '' 'no temporary file is left'
