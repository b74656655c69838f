#!/bin/sh
# Many connections at once on one thread: all are answered, each with its own answer.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
plan 2
train 1
serve one --threads 1 --log "$T/log"
python3 - "${url##*:}" >"$T/many" 2>&1 <<'END'
import json, socket, sys
n = 400
conns = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) for _ in range(n)]
ids = set()
for round in range(3):
    for i, s in enumerate(conns):   # more than one look of epoll can tell of
        b = b'[' + b','.join([b'{}'] * (1 + i % 3)) + b']'
        s.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(b) + b)
    for i, s in enumerate(conns):
        f = s.makefile("rb"); length = 0
        for line in iter(f.readline, b"\r\n"):
            if line.lower().startswith(b"content-length:"): length = int(line.split()[1])
        rows = json.loads(f.read(length))
        if len(rows) != 1 + i % 3: print("another's answer")
        ids.update(r["id"] for r in rows)
print(len(ids))
END
is "$(cat "$T/many")" $((3 * 799)) '400 connections, 3 requests each: every id is there once'
kill "$pid"; ended "$pid"
is "$(wc -l <"$T/log")" $((3 * 799)) 'and every prediction in the log'
