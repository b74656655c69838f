#!/bin/sh
# Bodies and requests that are wrong: 4xx with the reason, and the server goes on.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
# libmicrohttpd does not see an end that came together with the last bytes; the time limit ends such a request
serve one --max-body 4K --request-timeout 3s --log "$T/log"

# refused STATUS TEXT NAME curl-arguments...
refused() {
	want=$1 text=$2 name=$3; shift 3
	ask "$@"
	is "$status_code" "$want" "$name: status"
	case $(jq -r .error "$T/out" 2>/dev/null) in
	*"$text"*) pass "$name: \"$text\"" ;;
	*) fail "$name: \"$text\""; note <"$T/out" ;;
	esac
}
json='Content-Type: application/json'
refused 400 'empty' 'no body' -X POST -H "$json" "$url/predict"
refused 400 'not JSON at line 1' 'no JSON' -H "$json" -d 'Rooms' "$url/predict"
refused 400 'JSON' 'JSON cut off' -H "$json" -d '{"Rooms":' "$url/predict"
refused 400 'after the JSON value' 'two values' -H "$json" -d '{} {}' "$url/predict"
refused 400 'not JSON' 'NaN' -H "$json" -d '{"Rooms":NaN}' "$url/predict"
refused 400 'not JSON' 'Infinity' -H "$json" -d '{"Rooms":Infinity}' "$url/predict"
refused 400 'Rooms' 'a number too large' -H "$json" -d '{"Rooms":1e999}' "$url/predict"
refused 400 'Rooms: must be a number' 'a truth value for a number' -H "$json" -d '{"Rooms":true}' "$url/predict"
refused 400 'Rooms' 'an object for a number' -H "$json" -d '{"Rooms":{}}' "$url/predict"
refused 400 'Date' 'a number for a date' -H "$json" -d '{"Date":17}' "$url/predict"
refused 400 'Date: "yesterday"' 'text for a date' -H "$json" -d '{"Date":"yesterday"}' "$url/predict"
refused 400 'Type: must be a string' 'an array for a category' -H "$json" -d '{"Type":["h"]}' "$url/predict"
refused 400 'did you mean "Rooms"' 'an unknown field' -H "$json" -d '{"rooms":3}' "$url/predict"
refused 400 'given twice' 'a field given twice' -H "$json" -d '{"Rooms":3,"Rooms":4}' "$url/predict"
refused 400 'must be a JSON object' 'a number for a row' -H "$json" -d '7' "$url/predict"
refused 400 'row 2: ' 'a wrong row of a batch' -H "$json" -d '[{},7]' "$url/predict"
printf '{"Type":"\377"}' >"$T/body"
refused 400 'UTF-8' 'invalid UTF-8' -H "$json" --data-binary "@$T/body" "$url/predict"
printf '{"Type":"h\0x"}' >"$T/body"
refused 400 'a control character in a text' 'a NUL, behind which a text would be another' -H "$json" --data-binary "@$T/body" "$url/predict"
refused 400 'u0000 cannot be in a text' 'the same, escaped' -H "$json" -d '{"Type":"h\u0000x"}' "$url/predict"
refused 400 'no such number' 'a number that is no JSON' -H "$json" -d '{"Rooms":03}' "$url/predict"
printf '%0100d' 0 | tr 0 '[' >"$T/body"
refused 400 'nested' 'deep nesting' -H "$json" --data-binary "@$T/body" "$url/predict"
refused 400 'UTF-8' 'invalid UTF-8 in a form' -d 'Type=%ff' "$url/predict"
refused 400 'UTF-8' 'NUL in a form' -d 'Type=a%00' "$url/predict"
refused 400 'unknown field' 'an unknown field of a form' -d 'x=1' "$url/predict"
refused 400 '"many" is not a number' 'text for a number in a form' -d 'Rooms=many' "$url/predict"
head -c 5000 /dev/zero >"$T/body"
refused 413 'too large' 'a large body' -H "$json" --data-binary "@$T/body" "$url/predict"
refused 413 'too large' 'a large body in pieces' -H "$json" -H 'Transfer-Encoding: chunked' \
	--data-binary "@$T/body" "$url/predict"
refused 413 'too large' 'a large body, asked for first' -H "$json" -H 'Expect: 100-continue' \
	--data-binary "@$T/body" "$url/predict"
refused 415 'application/json' 'another type' -H 'Content-Type: text/xml' -d '<a/>' "$url/predict"
refused 415 'UTF-8' 'another charset' -H 'Content-Type: application/json; charset=utf-16' -d '{}' "$url/predict"
refused 415 'application/json' 'another type, behind many headers' \
	$(seq -f '-H X-%g:1' 60) -H 'Content-Type: text/xml' -d '<a/>' "$url/predict"
refused 405 'POST' 'GET of /predict' "$url/predict"
is "$(header Allow)" POST 'the right method is in a header'
refused 405 'GET' 'DELETE of the form' -X DELETE "$url/"
refused 404 '/predict' 'another path' "$url/etc/passwd"
refused 404 '/predict' 'a path that climbs' --path-as-is "$url/../../etc/passwd"
refused 400 '"actual" is missing' 'feedback without truth' -d '{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}' "$url/feedback"
refused 400 'not a prediction id' 'feedback with a wrong id' -d '{"id":"x","actual":1}' "$url/feedback"
refused 400 '"actual" must be a number' 'feedback with text' -d '{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","actual":"1"}' "$url/feedback"
refused 400 'only the members' 'feedback with more' -d '{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","actual":1,"x":1}' "$url/feedback"
refused 400 'row 1' 'feedback that is no object' -d '[3]' "$url/feedback"
is "$(header X-Model-Version)" unreleased 'also a refusal names the version'

python3 - "${url##*:}" >"$T/raw" 2>&1 <<'END'
import re, socket, sys
def raw(data):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10); out = b""
    try: # what is refused early is answered, and hung up on, before all of it is sent
        s.sendall(data); s.shutdown(socket.SHUT_WR)
    except TimeoutError: raise
    except OSError: pass
    try:
        while True:
            d = s.recv(65536)
            if not d: break
            out += d
    except TimeoutError: raise
    except OSError: pass
    return out
def codes(out): return re.findall(r"HTTP/1\.1 (\d+) ", out.decode("latin1"))
req = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n" + b'{"Rooms":3}'
print("pipelined", codes(raw(req * 3)))
print("half closed", codes(raw(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")))
print("chunked", codes(raw(b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'5\r\n{"Roo\r\n6;x=y\r\nms":3}\r\n0\r\n\r\n')))
print("HTTP/1.0", codes(raw(b"GET /livez HTTP/1.0\r\n\r\n")), codes(raw(req.replace(b"HTTP/1.1", b"HTTP/1.0"))))
print("absolute", codes(raw(b"GET http://127.0.0.1:5000/livez HTTP/1.1\r\nHost: x\r\n\r\n")),
    codes(raw(b"GET http://127.0.0.1 HTTP/1.1\r\nHost: x\r\n\r\n")), codes(raw(b"GET http://x/nowhere HTTP/1.1\r\nHost: x\r\n\r\n")))
# good, wrong, good on one connection: each its own answer, in order
print("mixed", codes(raw(req + req.replace(b"Rooms", b"Romos") + req + b"GET /no HTTP/1.1\r\nHost: x\r\n\r\n" + req)))
print("one byte at a time", end=" ")
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for i in range(len(req)): s.sendall(req[i:i + 1])
print(codes(s.recv(100000))); s.close()
# what a proxy could read in another way than this server (request smuggling)
hidden = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
for name, lines in (("two lengths", b"Content-Length: 11\r\nContent-Length: %d\r\n" % (11 + len(hidden))),
    ("length and chunks", b"Content-Length: 11\r\nTransfer-Encoding: chunked\r\n"),
    ("chunks twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    ("gzip and chunks", b"Transfer-Encoding: gzip, chunked\r\n"), ("no coding", b"Transfer-Encoding: xchunked\r\n")):
    print(name, codes(raw(b"POST /predict HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n" + b'{"Rooms":3}' + hidden)))
for name, data in (("negative length", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}"),
    ("text length", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1O\r\n\r\n{}"),
    ("bad chunk", b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    ("long header", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100000 + b"\r\n\r\n"),
    ("many headers", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(5000)) + b"\r\n"),
    ("long path", b"GET /" + b"a" * 50000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("huge length", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n{}"),
    ("huge chunk", b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"),
    ("noise", bytes(range(256)) * 20), ("nothing", b""), ("cut off", req[:-3])):
    c = codes(raw(data))
    print(name, "refused" if all(x[0] == "4" for x in c) else c)
END
is "$(cat "$T/raw")" "pipelined ['200', '200', '200']
half closed ['200']
chunked ['200']
HTTP/1.0 ['200'] ['200']
absolute ['200'] ['200'] ['404']
mixed ['200', '400', '200', '404', '200']
one byte at a time ['200']
two lengths ['400']
length and chunks ['400']
chunks twice ['400']
gzip and chunks ['400']
no coding ['400']
negative length refused
text length refused
bad chunk refused
long header refused
many headers refused
long path refused
huge length refused
huge chunk refused
noise refused
nothing refused
cut off refused" 'requests that are odd or broken on the wire'
ask "$url/predict" -H "$json" -d "$row"
is "$status_code" 200 'the server goes on'
kill "$pid"; ended "$pid"
is "$code" 0 'to its end'
is "$(wc -l <"$T/log")" 10 'nothing that was refused is in the log'

# a number that a linear model makes an infinite one of
mkdir "$T/lines" && cp "$T/train.1/data.csv" "$T/lines"
sed 's/{ tree: { max_depth: 6 } }/linear/; s/at_least: -9/against: nothing/' "$T/train.1/rai.yaml" >"$T/lines/rai.yaml"
(cd "$T/lines" && rai-train -c rai.yaml >event.json 2>train.log) || note <"$T/lines/train.log"
cp "$T/lines/$(jq -r .data.artifact "$T/lines/event.json")" "$T/model/model.safetensors"
serve two
why='field "Rooms": 1e+308 is outside of training (1 to '
refused 400 "$why" 'a number far outside of training' -d '{"Landsize":99999,"Rooms":1e308}' "$url/predict"
refused 400 "$why" 'in a form' -d 'Landsize=99999&Rooms=1e308' "$url/predict"
refused 400 "row 2: $why" 'in CSV' -H 'Content-Type: text/csv' --data-binary "$(printf 'Rooms\n3\n1e308')" "$url/predict"
refused 400 "row 1: $why" 'explained' -d '{"instances":[{"Rooms":1e308}]}' "$url/v1/models/house-price:explain"
run rai-serve --model "$T/model/model.safetensors" --stdin <<'END'
{"Rooms": 3}
{"Rooms": 1e308}
END
is "$(sed -n 2p "$T/out" | jq -c ".error | startswith($(echo "$why" | jq -R .))")" true 'on standard input'
