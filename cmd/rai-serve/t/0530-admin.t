#!/bin/sh
# The Unix socket that takes orders: who can connect, what is replaced, what is refused.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
m=$T/model/model.safetensors
a=$T/admin

serve one --admin "$a"
ok 'standard error names it' grep -q "taking orders on unix:$a\$" "$T/one.err"
is "$(stat -c '%F %a' "$a")" 'socket 600' 'only this user can connect'
admin() { ask --unix-socket "$a" "$@"; }
admin http://x/models
is "$status_code" 200 'an order by the Unix socket'
ask "$url/models"
is "$status_code" 404 'is not there for the network'
ask -X POST "$url/models/house-price/back-out"
is "$status_code" 404 'nor is another'
ask "$url/models" -H 'X-Admin: 1' -H 'X-Forwarded-For: unix:'
is "$status_code" 404 'whatever it says about itself'
admin http://x/predict -d "$row"
is "$status_code" 200 'the other paths are there too'
run rai-serve --model "$m" --listen 127.0.0.1:0 --admin "$a"
status 2 'a second server with the same path'
stderr "rai-serve: --admin: $a: another program is listening there (stop it, or choose another path)" 'is refused'
admin http://x/models
is "$status_code" 200 'and the first one keeps its socket'
kill "$pid"; ended "$pid"
is "$code" 0 'SIGTERM'
ok 'the socket is removed' test ! -e "$a"

serve two --admin "$a"
kill -9 "$pid"; ended "$pid"
ok 'a killed server leaves its socket' test -S "$a"
serve three --admin "$a"
admin http://x/models
is "$status_code" 200 'which the next one replaces'
rm "$a"; echo mine >"$a"
kill "$pid"; ended "$pid"
is "$(cat "$a")" mine 'a file that has come to its place is not removed'
run rai-serve --model "$m" --listen 127.0.0.1:0 --admin "$a"
status 2 'a file that is no socket'
stderr "rai-serve: --admin: $a: there is a file that is no socket (choose another path, or remove it)" 'is left alone'
is "$(cat "$a")" mine 'as it was'
ln -s "$T/none" "$T/link"
run rai-serve --model "$m" --listen 127.0.0.1:0 --admin "$T/link"
status 2 'nor is a symbolic link followed'
run rai-serve --model "$m" --listen 127.0.0.1:0 --admin "$T/no/such/folder"
status 2 'a folder that is not there'
stderr_has "$T/no/such/folder" 'is named'
run rai-serve --model "$m" --listen 127.0.0.1:0 --admin "/tmp/$(printf '%0110d' 0)"
status 2 'a path that is too long for a socket'
stderr_has '1 to 107 bytes' 'the limit is said'

# the token is for the network; who can open the socket needs none
RAI_TEST_TOKEN=secret serve four --admin "$T/b" --token env:RAI_TEST_TOKEN
ask --unix-socket "$T/b" http://x/models
is "$status_code" 200 'no token on the Unix socket'

# it stays while the process drains: its orders are for such times too
python3 - "${url##*:}" "$pid" "$T/b" >"$T/drain" 2>&1 <<'END'
import os, signal, socket, sys, time
tcp = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
tcp.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
time.sleep(0.05)
os.kill(int(sys.argv[2]), signal.SIGTERM)
def order(path):
    s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[3])
    s.sendall(b"GET " + path + b" HTTP/1.0\r\n\r\n")
    return s.makefile("rb").readline().split()[1].decode()
for _ in range(500):
    if order(b"/readyz") == "503": break
    time.sleep(0.01)
print(order(b"/readyz"), order(b"/models"))
END
is "$(cat "$T/drain")" '503 200' 'it goes on while the process drains'
ended "$pid"
is "$code" 0 'and ends with it'

# systemd may open it: then it must be a Unix socket
run python3 - "$m" <<'END'
import os, socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(9); s.set_inheritable(True)
os.dup2(s.fileno(), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="admin")
os.execvp("rai-serve", ["rai-serve", "--model", sys.argv[1]])
END
status 2 'an inherited admin socket that the network can reach'
stderr_has 'is called "admin" but is no Unix socket' 'is refused'
