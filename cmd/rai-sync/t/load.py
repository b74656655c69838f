"""Asks a port until a file appears: load.py PORT STOPFILE.  Two threads keep their connections,
two open a new one for every request.  Prints: requests failed versions."""
import http.client, json, os, sys, threading, time

port, stop = int(sys.argv[1]), sys.argv[2]
body = json.dumps({"Rooms": 3, "Type": "h", "Distance": 5.5})
done, failed, answers = [0] * 4, [], set()


def one(conn):
    conn.request("POST", "/predict", body, {"Content-Type": "application/json"})
    reply = conn.getresponse()
    text = reply.read()
    if reply.status != 200:
        failed.append("status %d %r" % (reply.status, text[:200]))
    answers.add(reply.getheader("X-Model-Version"))
    return reply.will_close


def ask(n):
    conn = None
    while not os.path.exists(stop):
        try:
            if conn is None:
                conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            if one(conn) or n % 2:
                conn.close()
                conn = None
            done[n] += 1
        except OSError as e:
            failed.append(repr(e))
            conn = None
        except http.client.HTTPException as e:
            failed.append(repr(e))
            conn = None
        time.sleep(0.001)


threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for f in failed[:5]:
    print("#", f, file=sys.stderr)
print(sum(done), len(failed))
