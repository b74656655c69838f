#!/bin/sh
# Who sends and sends and does not read keeps answers under way: nobody's answer may become another's.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
plan 4
train 1
serve one --threads 1
python3 - "${url##*:}" >"$T/seen" 2>&1 <<'END'
import json, socket, sys
port = int(sys.argv[1])

def connect():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", port))
    return s

def request(rooms):
    b = b'{"Rooms":%d}' % rooms
    return b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(b), b)

def answer(f):
    if f.readline() != b"HTTP/1.1 200 OK\r\n": raise SystemExit("not an answer")
    head = dict(l.decode().strip().lower().split(": ", 1) for l in iter(f.readline, b"\r\n"))
    return head, json.loads(f.read(int(head["content-length"])))

# blocked: as much is sent as the server takes while nothing is read
slow = []
for i in range(3):
    s, whole, sent, n = connect(), request(1 + i), 0, 0
    s.settimeout(0.5)
    try:
        while sent < 8 << 20:
            sent += s.send((whole * 200)[sent % len(whole):])
    except socket.timeout:
        pass
    slow.append((s, sent // len(whole), sent < 8 << 20))
print("blocked", sum(b for _, _, b in slow))
# meanwhile others are answered
ids, wrong = set(), 0
others = [connect() for _ in range(3)]
price = {}
for turn in range(100):
    for i, s in enumerate(others): s.sendall(request(1 + i))
    for i, s in enumerate(others):
        head, body = answer(s.makefile("rb"))
        wrong += head["x-prediction-id"].upper() != body["id"] or price.setdefault(1 + i, body["prediction"]) != body["prediction"]
        ids.add(body["id"])
print("meanwhile", len(ids), wrong)
# and then the slow ones read theirs
n = 0
for i, (s, whole, _) in enumerate(slow):
    s.settimeout(20)
    f = s.makefile("rb")
    for _ in range(whole):
        head, body = answer(f)
        n += 1
        wrong += head["x-prediction-id"].upper() != body["id"] or body["prediction"] != price[1 + i]
        ids.add(body["id"])
print("late", len(ids) - n, wrong)
END
note <"$T/seen"
is "$(sed -n 's/^blocked //p' "$T/seen")" 3 'three connections are blocked by their own answers'
is "$(sed -n 's/^meanwhile //p' "$T/seen")" '300 0' 'others are answered meanwhile, each with its own'
is "$(sed -n 's/^late //p' "$T/seen")" '300 0' 'so are the blocked ones when they read, every id once'
kill "$pid"; ended "$pid"
is "$code" 0 'the server ends as it should'
