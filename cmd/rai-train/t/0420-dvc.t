#!/bin/sh
# What DVC tracks: through its pointer, from cache, work tree or remote, and only the right bytes.
# The layout is made by hand; where there is DVC itself (on PATH, or RAI_TEST_DVC names it), by it.
. ci/tap.sh

command -v python3 >/dev/null || skip_all 'needs python3'
dvc=${RAI_TEST_DVC:-$(command -v dvc || :)}
gateway=${RAI_TEST_S3:-$(command -v versitygw || :)}
cd "$T" || exit 1
for v in $(env | sed -n 's/^\(AWS_[A-Z_0-9]*\)=.*/\1/p'); do unset "$v"; done
unset http_proxy https_proxy all_proxy XDG_CONFIG_HOME 2>/dev/null || :
market --rows 60 --seed 1 >rows.csv
rai-train --describe rows.csv >want
pids=
cleanup() { [ -z "$pids" ] || kill $pids 2>/dev/null; }
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1"; }
start() { # port, command...
	started=$1; shift
	"$@" >>server.log 2>&1 &
	pids="$pids $!"
	wait_for 20 listens "$started" || { fail "no server: $*"; exit 1; }
}
same() { status 0 "$1"; ok "$1: the same rows" cmp "$T/out" "$T/want"; }
refused() { # message, what
	status 2 "$2: status 2"
	stderr_has "$1" "$2: says why"
	stdout '' "$2: nothing on stdout"
}
md5() { md5sum <"$1" | cut -d' ' -f1; }
two() { printf %s "$1" | cut -c1-2; }
rest() { printf %s "$1" | cut -c3-; }
put() { # folder, file, suffix: as an object
	mkdir -p "$1/$(two "$(md5 "$2")")"
	cp "$2" "$1/$(two "$(md5 "$2")")/$(rest "$(md5 "$2")")${3:-}"
}
pointer() { # name, md5, size, more
	printf 'outs:\n- md5: %s\n  size: %s\n%b  path: %s\n' "$2" "$3" "${4-  hash: md5\\n}" "${1##*/}" >"$1.dvc"
}

mkdir -p project/.dvc project/data other
cd project || exit 1
sum=$(md5 ../rows.csv)
size=$(wc -c <../rows.csv)
pointer data/sales.csv "$sum" "$size"
run rai-train --describe data/sales.csv.dvc
refused "data/sales.csv.dvc: $sum is not in the cache, and $T/project/.dvc/config names no remote" 'no remote'
put .dvc/cache/files/md5 ../rows.csv
run rai-train --describe data/sales.csv.dvc
same 'the cache, by the pointer'
run rai-train --describe data/sales.csv
same 'the cache, by the name of the data'
cd data || exit 1
run rai-train --describe sales.csv.dvc
same 'from a folder below'
cd .. || exit 1
cat >data/rai.yaml <<END
version: 1
models:
  m:
    data: { source: sales.csv.dvc }
    target: { column: Price }
    train: { candidates: [linear] }
    gate: { against: nothing }
END
run rai-train -c data/rai.yaml -o ../m
status 0 'a training through a pointer'
is "$(jq -r .data.data.digest "$T/out")" "sha256:$(sha256sum <../rows.csv | cut -d' ' -f1)" 'its digest is of the bytes'
mv .dvc/cache ../cache3
put .dvc/cache ../rows.csv
run rai-train --describe data/sales.csv
same 'a cache of DVC 2'
mv .dvc/cache ../cache2
printf '[cache]\n    dir = ../../cache3\n' >.dvc/config
run rai-train --describe data/sales.csv
same 'a cache elsewhere'
: >.dvc/config
cp ../rows.csv data/sales.csv
run rai-train --describe data/sales.csv.dvc
same 'the work tree'
echo changed >>data/sales.csv
run rai-train --describe data/sales.csv.dvc
refused 'is not in the cache' 'a changed work tree'
rm data/sales.csv

# Old pointers hash texts with their line ends as \n.
sed 's/$/\r/' ../rows.csv >../crlf.csv
mkdir -p .dvc/cache/"$(two "$sum")"
cp ../crlf.csv .dvc/cache/"$(two "$sum")/$(rest "$sum")"
pointer data/old.csv "$sum" "$(wc -c <../crlf.csv)" ''
run rai-train --describe data/old.csv
same 'CRLF through an old pointer'
pointer data/new.csv "$sum" "$(wc -c <../crlf.csv)"
run rai-train --describe data/new.csv
refused "is damaged: its md5 is $(md5 ../crlf.csv), not $sum" 'CRLF through a new one'
rm -r .dvc/cache data/old.csv.dvc data/new.csv.dvc

# A folder.
printf '[{"md5": "%s", "relpath": "deep/one.csv"}, {"md5": "%s", "relpath": "two.csv"}]' "$sum" "$sum" >../list
put .dvc/cache/files/md5 ../list .dir
put .dvc/cache/files/md5 ../rows.csv
pointer all "$(md5 ../list).dir" 999
run rai-train --describe all/deep/one.csv
same 'a file of a folder'
run rai-train --describe all/three.csv
refused 'all.dvc: no file "three.csv" in this folder, but deep/one.csv, two.csv' 'no such file in it'
run rai-train --describe all.dvc
refused 'all.dvc: stands for a folder of 2 files: name one of them below it' 'a folder is no file'
run rai-train --describe data/sales.csv/x.csv
refused 'data/sales.csv.dvc: stands for one file' 'a file is no folder'

# Remotes.
rm -r .dvc/cache
put ../store/files/md5 ../rows.csv
printf "[core]\n    remote = here\n['remote \"here\"']\n    url = ../../store\n" >.dvc/config
run rai-train --describe data/sales.csv
same 'a folder as the remote'
ok 'nothing is written into the project' test ! -e .dvc/cache
port=$(free_port)
start "$port" python3 -m http.server --bind 127.0.0.1 --directory "$T/store" "$port"
printf '[core]\n    remote = web\n["remote \\"web\\""]\n    url = http://127.0.0.1:%s/\n' "$port" >.dvc/config
printf "['remote \"web\"']\n    url = http://127.0.0.1:%s/\n" "$port" >>.dvc/config
run rai-train --describe data/sales.csv
same 'an http remote'
put ../old-store ../rows.csv
port=$(free_port)
start "$port" python3 -m http.server --bind 127.0.0.1 --directory "$T/old-store" "$port"
printf "['remote \"web\"']\n    url = http://127.0.0.1:%s\n" "$port" >.dvc/config.local
run rai-train --describe data/sales.csv
same 'config.local goes before; a store of DVC 2'
echo more >>"../old-store/$(two "$sum")/$(rest "$sum")"
run rai-train --describe data/sales.csv
refused 'data/sales.csv.dvc: what the remote has is damaged: its md5 is' 'other bytes in the remote'
rm -r ../old-store/??
run rai-train --describe data/sales.csv
refused "$sum is neither in the cache nor in the remote \"web\": run dvc push" 'not in the remote'
printf "['remote \"web\"']\n    url = http://127.0.0.1:%s\n" "$(free_port)" >.dvc/config.local
run rai-train --describe data/sales.csv
status 75 'a remote that is down: status 75'
stderr_has 'data/sales.csv.dvc: GET http://127.0.0.1' 'a remote that is down: says which'
printf "['remote \"web\"']\n    auth = digest\n" >.dvc/config.local
run rai-train --describe data/sales.csv
refused '[remote "web"] auth = digest is not spoken' 'an authorisation we do not know'
printf "['remote \"web\"']\n    url = gs://bucket/x\n" >.dvc/config.local
run rai-train --describe data/sales.csv
refused 'the remote "web" is neither a folder nor https or s3: run dvc pull' 'a remote we do not read'
printf '[core]\n    remote = none\n' >.dvc/config.local
run rai-train --describe data/sales.csv
refused 'config has no url for the remote "none"' 'a remote without a url'
pointer data/sales.csv "$sum" "$size" '  hash: md5\n  remote: web\n'
run rai-train --describe data/sales.csv
same 'the remote that the pointer names'
pointer data/sales.csv "$sum" 1
put .dvc/cache/files/md5 ../rows.csv
run rai-train --describe data/sales.csv
refused "has $size bytes, not the 1 of size" 'another size'
echo 'outs: 1' >bad.csv.dvc
run rai-train --describe bad.csv
refused 'bad.csv.dvc:1:7: outs: must be a list of one output' 'no pointer'
echo broken >.dvc/config
run rai-train --describe data/sales.csv
refused "$T/project/.dvc/config:1: neither [section] nor key = value" 'a broken configuration'
cp data/sales.csv.dvc ../other
run rai-train --describe ../other/sales.csv
refused '../other/sales.csv.dvc: no folder .dvc here or above' 'no project'
run rai-train --describe ../other/nothing.csv
refused '../other/nothing.csv: No such file' 'nothing at all'

# DVC itself.
if [ -z "$dvc" ]; then
	pass 'DVC itself # SKIP no dvc on PATH, and RAI_TEST_DVC names none'
	exit 0
fi
mkdir -p "$T/real/data/parts" "$T/remote" "$T/s3/bucket-1"
cd "$T/real" || exit 1
export DVC_NO_ANALYTICS=1 DVC_GLOBAL_CONFIG_DIR="$T/none" DVC_SYSTEM_CONFIG_DIR="$T/none" DVC_SITE_CACHE_DIR="$T/site"
cp ../rows.csv data/sales.csv
cp ../rows.csv data/parts/one.csv
sed 's/$/\r/' ../rows.csv >data/crlf.csv
ok 'dvc init' "$dvc" init --no-scm -q
ok 'dvc add' "$dvc" add -q data/sales.csv data/parts data/crlf.csv
ok 'dvc remote' "$dvc" remote add -d -q disk "$T/remote"
ok 'dvc push' "$dvc" push -q
forget() { rm -rf .dvc/cache data/sales.csv data/crlf.csv data/parts; }
read_all() {
	for f in data/sales.csv data/sales.csv.dvc data/crlf.csv data/parts/one.csv; do
		run rai-train --describe "$f"
		same "$1: $f"
	done
}
rm -rf data/sales.csv data/crlf.csv data/parts
read_all "dvc's cache"
forget
read_all "dvc's remote, a folder"
port=$(free_port)
start "$port" python3 -m http.server --bind 127.0.0.1 --directory "$T/remote" "$port"
ok 'dvc remote, http' "$dvc" remote add -d -q web "http://127.0.0.1:$port"
read_all "dvc's remote, http"
if [ -z "$gateway" ]; then
	pass 'dvc with S3 # SKIP no versitygw on PATH, and RAI_TEST_S3 names none'
	exit 0
fi
port=$(free_port)
start "$port" "$gateway" --quiet --access mykey --secret "s3cr/et+=" --port "127.0.0.1:$port" posix "$T/s3"
ok 'dvc pull' "$dvc" pull -q -r disk
ok 'dvc remote, S3' "$dvc" remote add -d -q s3 s3://bucket-1/deep/store
"$dvc" remote modify -q s3 endpointurl "http://127.0.0.1:$port"
"$dvc" remote modify -q --local s3 access_key_id mykey
"$dvc" remote modify -q --local s3 secret_access_key 's3cr/et+='
ok 'dvc push to S3' "$dvc" push -q -r s3
forget
read_all "dvc's remote, S3"
