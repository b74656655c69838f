#!/bin/sh
# Starting, reloading and stopping; what is refused at the start.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
m=$T/model/model.safetensors

run rai-serve
status 2 'without a model'
stderr_has '--model is needed' 'it is asked for'
run rai-serve --model "$T/none.safetensors"
status 2 'a model file that is not there'
stderr_has "$T/none.safetensors" 'is named'
stdout '' 'stdout stays empty'
head -c 3000 "$m" >"$T/cut.safetensors"
run rai-serve --model "$T/cut.safetensors"
status 2 'a model file that is cut off'
stderr_has "$T/cut.safetensors" 'is named'
run rai-serve --model "$m" --listen 0.0.0.0:0
status 2 'other machines are not let in by accident'
stderr_has '--public' 'the way is named'
run rai-serve --model "$m" --listen 5000
status 2 'an address without a host'
stderr_has '127.0.0.1:5000' 'an example is given'
run rai-serve --model "$m" --listen 127.0.0.1:0 --log "$T/no/such/log"
status 2 'a log that cannot be opened'
stderr_has "$T/no/such/log" 'is named'
run rai-serve --model "$m" --token env:RAI_TEST_NO_TOKEN
status 2 'a token that is not there'
echo '{"model":"house-price","version":"v9","artifact_digest":"sha256:00"}' >"$T/model/release.json"
run rai-serve --model "$m"
status 2 'a release.json that describes another artefact'
stderr_has "$T/model/release.json" 'is named'
rm "$T/model/release.json"

serve one
run rai-serve --model "$m" --listen "${url#http://}"
status 2 'a port in use'
stderr "rai-serve: ${url#http://}: the port is in use by another program (stop it, or choose another port with --listen)" 'what to do is said'

export RAI_TEST_TOKEN='s3cret token'
serve two --token env:RAI_TEST_TOKEN --listen 0.0.0.0:0
url=http://127.0.0.1:${url##*:}
ask "$url/predict" -d "$row"
is "$status_code" 401 'without the token no prediction'
ask "$url/metrics" -H 'Authorization: Bearer s3cret tokem'
is "$status_code" 401 'nor with another'
ask "$url/version" -H 'Authorization: Bearer s3cret token'
is "$status_code" 200 'with it, yes'
ask "$url/readyz"
is "$status_code" 200 'probes need none'
kill "$pid"; ended "$pid"
is "$code" 0 'SIGTERM'

# reload under load: swaps between two models, a bad file in between
cp "$m" "$T/a"
train 2
cp "$m" "$T/b"
da=sha256:$(sha256sum <"$T/a" | cut -d' ' -f1) db=sha256:$(sha256sum <"$T/b" | cut -d' ' -f1)
serve three --log "$T/log"
is "$(curl -s "$url/version" | jq -r .digest)" "$db" 'serves what is there'
python3 - "${url##*:}" "$pid" "$T" "$da" "$db" >"$T/swap" 2>&1 <<'END'
import http.client, json, os, shutil, signal, sys, threading, time
port, pid, tmp, da, db = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
failed, seen, stop = [], {}, False
def client():
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not stop:
        try:
            c.request("POST", "/predict", '{"Rooms":3}')
            r = c.getresponse(); body = json.load(r)
            if r.status != 200 or body["digest"] != r.getheader("X-Model-Digest"):
                failed.append(body)
            seen.setdefault(body["digest"], set()).add(body["prediction"])
        except Exception as e:
            failed.append(repr(e)); return
threads = [threading.Thread(target=client) for _ in range(4)]
for t in threads: t.start()
def put(name):
    shutil.copy(tmp + "/" + name, tmp + "/model/next")
    os.rename(tmp + "/model/next", tmp + "/model/model.safetensors")
    os.kill(pid, signal.SIGHUP)
def serving():
    c = http.client.HTTPConnection("127.0.0.1", port); c.request("GET", "/version")
    return json.load(c.getresponse())["digest"]
for i in range(10):
    name, want = ("a", da) if i % 2 == 0 else ("b", db)
    put(name)
    end = time.time() + 10
    while serving() != want and time.time() < end: time.sleep(0.005)
    if serving() != want: failed.append("not swapped")
stop = True
for t in threads: t.join()
print(len(failed), *failed[:3])
print(sorted(len(v) for v in seen.values()))
END
is "$(cat "$T/swap")" "0
[1, 1]" 'ten swaps under load: no request failed, each digest gave one answer'
head -c 3000 "$T/a" >"$m"
kill -HUP "$pid"
ok 'a corrupt file is reported' wait_for 10 grep -q 'the model stays as it was: ' "$T/three.err"
is "$(curl -s "$url/version" | jq -r .digest)" "$db" 'and the old model stays'
cp "$T/a" "$m"
mv "$T/log" "$T/log.1"
kill -HUP "$pid"
ok 'a good one is taken' wait_for 10 sh -c "curl -s '$url/version' | grep -q $da"
ok 'and the log is opened anew' wait_for 10 test -e "$T/log"
curl -s "$url/predict" -d "$row" >"$T/p"
id=$(jq -r .id "$T/p")
ok 'a line is in the file soon' wait_for 2 grep -q "$id" "$T/log"
kill "$pid"; ended "$pid"
is "$(wc -l <"$T/log")" 1 'later lines are in the new file'

if [ -c /dev/full ]; then
	serve four --log /dev/full
	ask "$url/predict" -d "$row"
	is "$status_code" 200 'a full disk does not stop predictions'
	lost() { [ "$(metric rai_prediction_log_dropped_total)" -ge "$1" ]; }
	ok 'the lost line is counted' wait_for 5 lost 1
	ask "$url/predict" -d "$row"
	ok 'and the next' wait_for 5 lost 2
	ok 'so are the errors' test "$(metric rai_log_errors_total)" -ge 2
	is "$(grep -c /dev/full "$T/four.err")" 1 'one warning is given'
	kill "$pid"; ended "$pid"
	is "$code" 0 'and it stops as usual'
fi
serve five --log -
curl -s "$url/predict" -d "$row" >"$T/p"
kill "$pid"; ended "$pid"
is "$(jq -r .id "$T/five.out")" "$(jq -r .id "$T/p")" 'the log on standard output'
