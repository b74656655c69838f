#!/bin/sh
# The model is swapped under full load, by signal and by order: nobody notices.  RAI_TEST_SWAPS
# says how often (100).
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train_two
serve one --log "$T/log" --threads 2 --admin "$T/admin"
python3 - "${url##*:}" "$pid" "$T" "${RAI_TEST_SWAPS:-100}" "$row" >"$T/swap" 2>&1 <<'END'
import hashlib, http.client, json, os, shutil, signal, socket, sys, threading, time
port, pid, tmp, swaps, row = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
digest = {n: "sha256:" + hashlib.sha256(open(f"{tmp}/{n}.safetensors", "rb").read()).hexdigest() for n in "ab"}
failed, seen, asked, stop = [], {}, [0] * 5, False

def client(k):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    rows = 1 if k > 0 else 500      # one asks for much at once
    body = row if rows == 1 else "[" + ",".join([row] * rows) + "]"
    while not stop:
        try:
            c.request("POST", "/predict", body)
            r = c.getresponse(); answer = json.load(r)
        except Exception as e:
            failed.append(repr(e)); return
        answers = [answer] if rows == 1 else answer
        if r.status != 200 or len(answers) != rows or {a["digest"] for a in answers} != {r.getheader("X-Model-Digest")}:
            failed.append(answer)
        for a in answers:
            seen.setdefault(a["digest"], set()).add(a["prediction"])
        asked[k] += 1

threads = [threading.Thread(target=client, args=(k,)) for k in range(5)]
for t in threads: t.start()
asking = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
def serving():
    asking.request("GET", "/version"); return json.load(asking.getresponse())["digest"]
orders = http.client.HTTPConnection("rai", timeout=20)
orders.sock = socket.socket(socket.AF_UNIX); orders.sock.connect(tmp + "/admin")
for i in range(swaps):
    name = "ab"[i % 2]
    if i % 4 == 2:                  # every fourth change is a way back to the one before
        orders.request("POST", "/models/house-price/back-out")
        r = orders.getresponse(); order = json.load(r)
        if r.status != 200 or order["current"]["digest"] != digest[name]: failed.append(order)
        if serving() != digest[name]: failed.append("not backed out")
        continue
    shutil.copy(f"{tmp}/{name}.safetensors", f"{tmp}/model/next")
    os.rename(f"{tmp}/model/next", f"{tmp}/model/model.safetensors")
    os.kill(pid, signal.SIGHUP)
    end = time.time() + 20
    while serving() != digest[name]:
        if time.time() > end: failed.append("not swapped"); break
stop = True
for t in threads: t.join()
print(len(failed), *failed[:3])
print({d: len(v) for d, v in seen.items()} == {digest["a"]: 1, digest["b"]: 1})
print(min(asked) > 0)
print(sum(asked), "requests", file=sys.stderr)
END
note <"$T/swap"
is "$(sed -n 1p "$T/swap")" 0 'no request has failed'
is "$(sed -n 2p "$T/swap")" True 'each digest gave one answer'
is "$(sed -n 3p "$T/swap")" True 'everybody was answered'
is "$(grep -c 'now serving' "$T/one.err")" "${RAI_TEST_SWAPS:-100}" 'so many swaps'
kill "$pid"; ended "$pid"
is "$code" 0 'and it ends as usual'
is "$(grep -c -i 'sanitizer' "$T/one.err")" 0 'without reports'
