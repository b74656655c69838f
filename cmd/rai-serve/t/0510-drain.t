#!/bin/sh
# SIGTERM: what is in flight is answered, keep-alive clients are told, a shared socket lives on.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1

serve one --drain 5s
python3 - "${url##*:}" "$pid" >"$T/drain" 2>&1 <<'END'
import os, signal, socket, sys, time
port, pid = int(sys.argv[1]), int(sys.argv[2])
def connect(): return socket.create_connection(("127.0.0.1", port), timeout=10)
def answer(s):
    f = s.makefile("rb"); status = f.readline().split()[1].decode(); close = n = 0
    for line in iter(f.readline, b"\r\n"):
        k, v = line.decode().strip().split(": ", 1)
        if k.lower() == "content-length": n = int(v)
        if k.lower() == "connection": close = v.lower() == "close"
    f.read(n)
    return status, bool(close)
body = b'{"Rooms":3}'
head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
idle, half, probe = connect(), connect(), connect()
idle.sendall(head + body); print("before", *answer(idle))
probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); print("ready", *answer(probe))
half.sendall(head + body[:4])
time.sleep(0.05)
os.kill(pid, signal.SIGTERM)
end = time.time() + 5
while time.time() < end:   # new connections are refused once it has stopped accepting
    try: connect().close()
    except OSError: break
    time.sleep(0.01)
print("new", "refused" if time.time() < end else "accepted")
probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); print("ready", *answer(probe))
half.sendall(body[4:]); print("in flight", *answer(half))
idle.sendall(head + body); print("kept alive", *answer(idle), idle.recv(1) == b"")
END
is "$(cat "$T/drain")" "before 200 False
ready 200 False
new refused
ready 503 True
in flight 200 True
kept alive 200 True True" 'in-flight and keep-alive requests are answered, then the connection is closed'
start=$(date +%s%N)
ended "$pid"
is "$code" 0 'it ends with 0'
ok 'at once when the last connection is closed' test $((($(date +%s%N) - start) / 1000000)) -lt 2000

serve two --drain 300ms
python3 - "${url##*:}" "$pid" >"$T/drain" 2>&1 <<'END'
import os, signal, socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"); s.recv(1000)
os.kill(int(sys.argv[2]), signal.SIGTERM)
start = time.time(); s.settimeout(10)
print(s.recv(1) == b"", time.time() - start >= 0.25)
END
is "$(cat "$T/drain")" 'True True' 'an idle connection is kept for the time of --drain, not longer'
ended "$pid"
is "$code" 0 'and that is no failure'

# reopened files...: somebody has rotated them, and says so
reopened() {
	for f; do mv "$f" "$f.1"; done
	kill -HUP "$pid"
	for f; do wait_for 10 test -e "$f" || return 1; done
}
train_depth 2 "$T/shadow.safetensors"
serve three --linger 30s --log "$T/log" --shadow "$T/shadow.safetensors" --events "$T/events"
ok 'SIGHUP opens the log and the events anew' reopened "$T/log" "$T/events"
kill "$pid"
unready() { ask "$url/readyz"; [ "$status_code" = 503 ]; }
ok 'with --linger it becomes unready' wait_for 5 unready
ask "$url/predict" -d "$row"
is "$status_code $(header Connection)" '200 close' 'but goes on accepting, and closes after each reply'
kill "$pid"
ok 'SIGHUP opens them anew there, too' reopened "$T/log" "$T/events"
ask "$url/predict" -d "$row"
is "$status_code" 200 'and neither that nor another SIGTERM ends the wait'
kill -INT "$pid"; ended "$pid"
is "$code" 0 'SIGINT does'
serve four --linger 100ms
kill "$pid"; ended "$pid"
is "$code" 0 'and so does its time'
serve five --drain 30s --log "$T/log"
python3 - "${url##*:}" "$pid" "$T/log" >"$T/flight" 2>&1 <<'END'
import json, os, signal, socket, sys, time
port, pid, log = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def connect(): return socket.create_connection(("127.0.0.1", port), timeout=10)
def until(done):
    end = time.time() + 10
    while not done() and time.time() < end: time.sleep(0.01)
    return done()
def refuses():
    try: connect().close()
    except OSError: return True
s = connect()
s.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"); s.recv(1000)
s.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n" + b'{"Rooms"')
os.kill(pid, signal.SIGTERM)
print(until(refuses))
os.rename(log, log + ".1"); os.kill(pid, signal.SIGHUP)
print(until(lambda: os.path.exists(log)))
s.sendall(b":3}")
print(json.loads(s.makefile().read().split("\n\n")[1])["id"])
END
ended "$pid"
is "$(cat "$T/flight")" "True
True
$(jq -r .id "$T/log")" 'SIGHUP opens the log anew in the drain, and what is in flight is logged there'

# who stands in the queue at the end is heard: each thread takes what it has places for, here 44
serve six --max-connections 64
python3 - "${url##*:}" "$pid" >"$T/queue" 2>&1 <<'END'
import os, signal, socket, sys
port, pid = int(sys.argv[1]), int(sys.argv[2])
os.kill(pid, signal.SIGSTOP)
queue = []
try:
    for _ in range(84):
        s = socket.create_connection(("127.0.0.1", port), timeout=10)
        s.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"); queue.append(s)
    os.kill(pid, signal.SIGTERM)
finally:
    os.kill(pid, signal.SIGCONT)
def heard(s):
    try: return s.recv(1000)[:9].decode()
    except OSError as e: return repr(e)
all_ = [heard(s) for s in queue]
print({h: all_.count(h) for h in set(all_)})
END
is "$(cat "$T/queue")" "{'HTTP/1.1 ': 84}" 'all that were in the queue hear something'
ended "$pid"
is "$code" 0 'the end'

# two replicas on one socket, as rai-sync starts them; each is replaced under load
cat >"$T/replicas.py" <<'END'
import http.client, json, os, signal, socket, sys, threading, time
tmp = sys.argv[1]
shared = socket.socket(); shared.bind(("127.0.0.1", 0)); shared.listen(1024)
port = shared.getsockname()[1]
def start(n):
    own = socket.socket(); own.bind(("127.0.0.1", 0)); own.listen(16)
    pid = os.fork()
    if pid == 0:
        a, b = os.dup(shared.fileno()), os.dup(own.fileno())
        os.dup2(a, 3); os.dup2(b, 4)
        os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="http:probe")
        # --listen is what the manifest says for Kubernetes; the inherited sockets win
        os.execvp("rai-serve", ["rai-serve", "--model", tmp + "/model/model.safetensors", "--threads", "2",
            "--listen", "0.0.0.0:5000", "--release", "r%d" % n, "--drain", "3s"])
    probe = own.getsockname()[1]; own.close()
    for _ in range(500):
        if status(probe) == 200: return pid, probe
        time.sleep(0.01)
    raise SystemExit("replica did not start")
def status(p):
    try:
        c = http.client.HTTPConnection("127.0.0.1", p, timeout=2); c.request("GET", "/readyz")
        return c.getresponse().status
    except OSError: return 0
failed, count, stop, versions = [], [0], False, set()
def client(keep):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not stop:
        try:
            c.request("POST", "/predict", '{"Rooms":3}')
            r = c.getresponse(); versions.add(json.load(r)["version"]); count[0] += 1
            if r.status != 200: failed.append(r.status)
            if not keep: c.close()
        except Exception as e: failed.append(repr(e)); c.close()
replicas = [start(1), start(1)]
threads = [threading.Thread(target=client, args=(i % 2,)) for i in range(6)]
for t in threads: t.start()
drained = 0
for n in range(2, 5):
    for i in range(2):
        new = start(n)
        old, probe = replicas[i]; replicas[i] = new
        os.kill(old, signal.SIGTERM)
        for _ in range(100):
            if status(probe) in (503, 0): drained += 1; break
            time.sleep(0.005)
        code = os.waitstatus_to_exitcode(os.waitpid(old, 0)[1])
        if code: failed.append("exit %d" % code)
stop = True
for t in threads: t.join()
for pid, _ in replicas: os.kill(pid, signal.SIGTERM)
codes = {os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) for p, _ in replicas}
print(len(failed), *failed[:3]); print(sorted(versions), drained, codes, count[0] > 100)
END
python3 "$T/replicas.py" "$T" >"$T/rolled" 2>"$T/rolled.err"
is "$(cat "$T/rolled")" "0
['r1', 'r2', 'r3', 'r4'] 6 {0} True" 'six replicas replaced under load on an inherited socket: no request failed'
[ "$tap_bad" = 0 ] || note <"$T/rolled.err"

# a probe that says 503 while a request is still being answered
python3 - "$T" >"$T/probe" 2>"$T/probe.err" <<'END'
import os, signal, socket, sys, time
a = socket.socket(); a.bind(("127.0.0.1", 0)); a.listen(9)
b = socket.socket(); b.bind(("127.0.0.1", 0)); b.listen(9)
pid = os.fork()
if pid == 0:
    x, y = os.dup(a.fileno()), os.dup(b.fileno()); os.dup2(x, 3); os.dup2(y, 4)
    os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="http:probe")
    os.execvp("rai-serve", ["rai-serve", "--linger", "30s", "--model", sys.argv[1] + "/model/model.safetensors"])
def get(sock, path):
    s = socket.create_connection(sock.getsockname(), timeout=10)
    s.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path); return s.makefile("rb").readline().split()[1].decode()
print(get(b, b"/readyz"), get(a, b"/readyz"))
body = b'{"Rooms":3}'
half = socket.create_connection(a.getsockname(), timeout=10)
half.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
time.sleep(0.05)
os.kill(pid, signal.SIGTERM)
for _ in range(500):
    code = get(b, b"/readyz")
    if code != "200": break
    time.sleep(0.01)
half.sendall(body)
print(code, half.makefile("rb").readline().split()[1].decode())
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
is "$(cat "$T/probe")" '200 200
503 200
0' 'the probe socket answers 503 while the last request is served'

run env LISTEN_FDS=1 LISTEN_PID=1 rai-serve --model "$T/none"
stderr_has "$T/none" 'LISTEN_PID of another process is ignored'
run sh -c "LISTEN_FDS=1 LISTEN_PID=\$\$ exec rai-serve --model '$T/model/model.safetensors' 3</dev/null"
status 2 'a descriptor that is no listening socket'
stderr_has 'descriptor 3 is not a listening socket' 'is named'
