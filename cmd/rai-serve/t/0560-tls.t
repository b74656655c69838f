#!/bin/sh
# TLS, with clients of another library (OpenSSL): versions, certificates anew, certified clients.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
m=$T/model/model.safetensors
# certify name ca-name: a key and a certificate
certify() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$T/$1.key" \
		-out "$T/$1.csr" 2>/dev/null
	printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' >"$T/ext"
	openssl x509 -req -in "$T/$1.csr" -CA "$T/$2.pem" -CAkey "$T/$2.key" -CAcreateserial -days 2 \
		-extfile "$T/ext" -out "$T/$1.pem" 2>/dev/null
	chmod 600 "$T/$1.key"
}
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$T/$1.key" -out "$T/$1.pem" 2>/dev/null
}
# secure name options...: as serve, over https
secure() {
	name=$1; shift
	rai-serve --model "$m" --listen 127.0.0.1:0 --threads 2 "$@" >"$T/$name.out" 2>"$T/$name.err" &
	pid=$!
	pids="$pids $pid"
	wait_for 10 grep -q 'on https://' "$T/$name.err" || { note <"$T/$name.err"; exit 1; }
	url=$(sed -n 's/.* on \(https:.*\)/\1/p' "$T/$name.err")
}
authority ca; authority stranger
certify one ca; certify two ca; certify client ca; certify other stranger
cp "$T/one.pem" "$T/now.pem"; cp "$T/one.key" "$T/now.key"

run rai-serve --model "$m" --listen 127.0.0.1:0 --tls-cert "$T/one.pem"
status 2 'a certificate without a key'
stderr_has '--tls-key' 'it is asked for'
run rai-serve --model "$m" --listen 127.0.0.1:0 --tls-cert "$T/one.pem" --tls-key "$T/two.key"
status 2 'a key of another certificate'
stderr_has "$T/two.key" 'is named'
run rai-serve --model "$m" --listen 127.0.0.1:0 --tls-cert "$T/one.pem" --tls-key "$T/none"
status 2 'a key that is not there'
run rai-serve --model "$m" --listen 127.0.0.1:0 --tls-cert "$T/one.pem" --tls-key "$T/one.key" --tls-client-ca "$T/one.key"
status 2 'an authority without a certificate'

secure one --tls-cert "$T/now.pem" --tls-key "$T/now.key" --request-timeout 2s
ask --cacert "$T/ca.pem" "$url/predict" -d "$row"
is "$status_code" 200 'a prediction over https'
for version in 1.2 1.3; do
	ask --cacert "$T/ca.pem" "--tlsv$version" --tls-max "$version" "$url/version"
	is "$status_code" 200 "TLS $version"
done
for old in -tls1 -tls1_1; do
	openssl s_client -connect "${url#https://}" "$old" -cipher 'ALL:@SECLEVEL=0' </dev/null >"$T/old" 2>&1
	ok "TLS $old is refused" grep -qE 'alert|no protocols available|Cipher is \(NONE\)' "$T/old"
done
openssl s_client -connect "${url#https://}" -tls1_2 -cipher 'AES256-SHA:AES128-GCM-SHA256' </dev/null >"$T/old" 2>&1
ok 'a cipher without forward secrecy is refused' grep -q 'Cipher is (NONE)' "$T/old"
ask --cacert "$T/stranger.pem" "$url/version"
is "$status_code" 000 'a client that trusts another authority goes away'
ask "http://${url#https://}/version"
is "$status_code" 000 'plain HTTP gets nothing'
head -c 100000 /dev/urandom >"$T/noise"
curl -s -m 5 "telnet://${url#https://}" <"$T/noise" >/dev/null 2>&1
ask --cacert "$T/ca.pem" "$url/version"
is "$status_code" 200 'noise on the port does no harm'
jq -nc '[range(10000) | {"Rooms": (. % 9)}]' >"$T/batch"
ask --cacert "$T/ca.pem" "$url/predict" -d "@$T/batch"
is "$(jq length "$T/out")" 10000 'a large body and a large reply'
shown() { openssl s_client -connect "${url#https://}" </dev/null 2>/dev/null | openssl x509 -noout -subject; }
is "$(shown)" 'subject=CN = one' 'the certificate that clients see'
cp "$T/two.pem" "$T/now.pem"; cp "$T/two.key" "$T/now.key"
python3 - "${url##*:}" "$pid" "$T/ca.pem" >"$T/renewed" 2>&1 <<'END'
import http.client, os, signal, ssl, sys, time
context = ssl.create_default_context(cafile=sys.argv[3])
c = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context, timeout=10)
def get():
    c.request("GET", "/version"); r = c.getresponse(); r.read(); return r.status
def seen():
    d = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context, timeout=10)
    d.connect(); name = dict(x[0] for x in d.sock.getpeercert()["subject"])["commonName"]; d.close(); return name
print(get(), seen())
os.kill(int(sys.argv[2]), signal.SIGHUP)
end = time.time() + 5
while seen() != "two" and time.time() < end: time.sleep(0.02)
print(get(), seen())
END
is "$(cat "$T/renewed")" '200 one
200 two' 'SIGHUP: new connections see the new one, an open one goes on'
echo broken >"$T/now.pem"
kill -HUP "$pid"
ok 'a broken one is reported' wait_for 5 grep -q 'the certificate stays as it was' "$T/one.err"
is "$(shown)" 'subject=CN = two' 'and not taken'
# who connects and says nothing, or does not finish the handshake, is cut off
python3 - "${url##*:}" >"$T/silent" 2>&1 <<'END'
import socket, sys, time
for first in (b"", b"\x16\x03\x01\x02\x00\x01"):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10); s.sendall(first)
    start = time.time()
    try: s.recv(100)
    except ConnectionResetError: pass
    print(1.5 < time.time() - start < 4)
END
is "$(cat "$T/silent")" 'True
True' 'a handshake has a deadline'
# after it, who does not end a request, or whose head leaves no room for a reply, is told so as over plain HTTP
python3 - "${url##*:}" "$T/ca.pem" >"$T/told" 2>&1 <<'END'
import http.client, socket, ssl, sys, time
context = ssl.create_default_context(cafile=sys.argv[2])
def connect(): return context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10),
    server_hostname="localhost", suppress_ragged_eofs=False)
def heard(data):
    with connect() as s:
        s.sendall(data); out = b""
        while d := s.recv(1000): out += d
        return out.split(b"\r\n")[0].decode()
print(heard(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"))
print(heard(b""))
print(heard(b"GET /dashboard HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %b\r\n\r\n" % (b"t" * 7500)))
END
is "$(cat "$T/told")" 'HTTP/1.1 408 Request Timeout
HTTP/1.1 408 Request Timeout
HTTP/1.1 431 Request Header Fields Too Large' 'late, silent, and too long: each hears why'
counted() { curl -s --cacert "$T/ca.pem" "$url/metrics" | sed -n "s/^request_count_total{route=\"other\",code=\"$1\"} //p"; }
is "$(counted 408) $(counted 431)" '2 1' 'which is counted'
# handshakes that wait for their clients cost no processor
python3 - "${url##*:}" "$pid" >"$T/shaking" 2>&1 <<'END'
import os, socket, sys, time
def cpu():
    f = open("/proc/%s/stat" % sys.argv[2]).read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")
shaking = []
for i in range(20):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10); shaking.append(s)
    if i % 2: s.sendall(b"\x16\x03\x01\x02\x00\x01")
start = cpu(); time.sleep(1); spent = cpu() - start
print("little" if spent < 0.6 else spent)
END
is "$(cat "$T/shaking")" little 'handshakes that do not go on take no processor'
kill "$pid"; ended "$pid"
is "$code" 0 'it ends'

chmod 644 "$T/one.key"
secure two --tls-cert "$T/one.pem" --tls-key "$T/one.key" --tls-client-ca "$T/ca.pem"
ok 'a key that others can read is warned of' grep -q 'other users can read the private key' "$T/two.err"
ask --cacert "$T/ca.pem" "$url/version"
is "$status_code" 000 'without a certificate of its own no client gets in'
ask --cacert "$T/ca.pem" --cert "$T/other.pem" --key "$T/other.key" "$url/version"
is "$status_code" 000 'nor with one of another authority'
ask --cacert "$T/ca.pem" --cert "$T/client.pem" --key "$T/client.key" "$url/version"
is "$status_code" 200 'with one of the right authority it does'
kill "$pid"; ended "$pid"
is "$code" 0 'it ends'
