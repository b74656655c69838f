#!/bin/sh
# Of a crowd that comes at once everybody soon hears something, if only that they are too many.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
if [ "$(ulimit -H -n)" != unlimited ] && [ "$(ulimit -H -n)" -lt 2000 ] || [ "$(cat /proc/sys/net/core/somaxconn)" -lt 2000 ]; then
	skip_all 'needs 2000 open files and a queue of as many'
fi
train 1
serve one --threads 1 --max-connections 1000
# Whoever is served asks again at once; who waits longest has waited for so many answers of another.
python3 - "${url##*:}" "$pid" >"$T/crowd" 2>&1 <<'END'
import os, resource, select, signal, socket, sys
port, pid = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (2000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
body = b'{"Rooms":3}'
post = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
CROWD = 1500
os.kill(pid, signal.SIGSTOP)
all, said, answers, poll = {}, {}, {}, select.epoll()
try:
    for i in range(CROWD):
        s = socket.create_connection(("127.0.0.1", port), timeout=5)
        s.sendall(post)
        all[s.fileno()] = s
        poll.register(s, select.EPOLLIN)
finally:
    os.kill(pid, signal.SIGCONT)
while len(said) < CROWD:
    ready = poll.poll(20)
    if not ready: break
    for fd, _ in ready:
        reply = all[fd].recv(4096)
        if reply.startswith(b"HTTP/1.1 200 "):
            said[fd] = "answer"
            answers[fd] = answers.get(fd, 0) + 1
            all[fd].sendall(post)
        else:
            ok = reply.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 1\r\n" in reply
            said.setdefault(fd, "refusal" if ok else repr(reply[:200]))
            poll.unregister(fd)
            all[fd].close()
print("heard", len(said))
print("as", sorted(set(said.values())))
print("served", list(said.values()).count("answer") >= 1000)
print("turns", max(answers.values()) if max(answers.values()) > 40 else "few")
END
is "$(cat "$T/crowd")" "heard 1500
as ['answer', 'refusal']
served True
turns few" 'everybody hears something before anybody has had 40 answers'
kill "$pid"; ended "$pid"
is "$code" 0 'the end'

# a pool of clients that keep their connections: one more costs one of them, not all
serve two --threads 2 --max-connections 200 --idle-timeout 60s
python3 - "${url##*:}" >"$T/pool" 2>&1 <<'END'
import select, socket, sys, time
body = b'{"Rooms":3}'
post = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
def connect(): return socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
def ask(s): s.sendall(post); return s.recv(4096)[9:12]
pool = [connect() for _ in range(200)]
print({ask(s) for s in pool})
time.sleep(1.3)   # now they have been idle for long enough to go
extra = connect()
while extra.recv(4096): pass   # it says nothing for a second, and is one too many as long
time.sleep(0.5)   # two more looks
gone = select.select(pool, [], [], 0)[0]
print("gone", len(gone) if len(gone) not in (1, 2) else "few", all(s.recv(1) == b"" for s in gone))
print({ask(s) for s in pool if s not in gone})
END
is "$(cat "$T/pool")" "{b'200'}
gone few True
{b'200'}" 'one too many ends one idle connection, not the whole pool'
kill "$pid"; ended "$pid"
is "$code" 0 'the end'
