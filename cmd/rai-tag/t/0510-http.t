#!/bin/sh
# A remote over HTTP (git http-backend) with a token by reference; two push at once.
. ci/tap.sh
. cmd/rai-tag/t/lib.sh
server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null; }
gitops w
git -C "$T/w.git" config http.receivepack true
git clone -q "$T/w.git" "$T/v"
python3 cmd/rai-tag/t/git-http.py "$T" "$T/port" s3cret & server=$!
wait_for 10 test -s "$T/port" || fail 'the server is up'
url=http://127.0.0.1:$(cat "$T/port")/w.git
git -C "$T/w" remote set-url origin "$url"
git -C "$T/v" remote set-url origin "$url"
cd "$T/w" || exit 1
event m1 0.8 >"$T/e1"
event m2 0.81 >"$T/e2"
export GOOD=s3cret BAD=wrong-secret
run rai-tag --push $(now 3) <"$T/e1"
status 2 'without a token: refused'
stderr_has 'the remote refused our credentials' 'says so'
run rai-tag --push --token env:BAD $(now 3) <"$T/e1"
status 2 'with a wrong one, too'
is "$(grep -c wrong-secret "$T/err")" 0 'which stands in no message'
run rai-tag --push --token env:NONE $(now 3) <"$T/e1"
status 2 'a token that is not there'
run rai-tag --push --token s3cret $(now 3) <"$T/e1"
status 2 'a token on the command line is refused'
rai-tag --push --token env:GOOD $(now 3) <"$T/e1" >"$T/a.out" 2>"$T/a.err" & a=$!
rai-tag --push --token env:GOOD --repo "$T/v" $(now 3) <"$T/e2" >"$T/b.out" 2>"$T/b.err" & b=$!
wait $a; ra=$?
wait $b; rb=$?
cat "$T/a.err" "$T/b.err" | note
is "$ra $rb" '0 0' 'two at once with the right one'
is "$(git -C "$T/w.git" rev-list --count main) $(git -C "$T/w.git" tag | wc -l | tr -d ' ')" '3 2' 'two commits, two tags'
ok 'the remote is whole' git -C "$T/w.git" fsck --strict
kill "$server"; wait "$server" 2>/dev/null; server=
event m3 0.82 >"$T/e3"
run rai-tag --push --token env:GOOD $(now 4) <"$T/e3"
status 75 'a server that is gone is worth a retry'
stderr_has "remote origin ($url): cannot be reached" 'and named'
plan $tap_n
