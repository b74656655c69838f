#!/bin/sh
# Wrong options, manifests, images, ports and repositories: a message, a status, nothing done.
. ci/tap.sh
. cmd/rai-sync/t/lib.sh
gitops w
port=$(free_port)
# bad STATUS MESSAGE: the run before failed with it, said only that and did nothing
bad() {
	status "$1" "$2"
	stderr_has "$2" 'with the reason'
	stdout '' 'and nothing on stdout'
}
run rai-sync
bad 2 'rai-sync: --repo is missing'
run rai-sync --repo "$repo" --target moon
bad 2 '--target: "moon" is not known (local)'
run rai-sync --repo "$repo" --once --watch
bad 2 'exclude each other'
run rai-sync --repo "$repo" --onse
bad 2 'unknown option --onse'
run rai-sync --repo "$repo" --port-map 80
bad 2 '--port-map: "80" is not SERVICEPORT=PORT'
sync --port-map 81=5000
bad 2 'no Service has port 81'
sync --branch nowhere
bad 2 'there is no branch nowhere'
sync --path nothing
bad 2 'no Deployment in the manifests'
run rai-sync --repo "$T/none" --state "$T/state"
bad 2 'none'
run rai-sync --repo "http://127.0.0.1:$port/x.git" --state "$T/state"
bad 75 "127.0.0.1:$port"
echo '{' >"$T/broken"
sync - <"$T/broken"
bad 2 'stdin'
sync --listen localhost
bad 2 '--listen: "localhost" is not an IPv4 address'

python3 -c "
import socket, time
s = socket.socket(); s.bind(('127.0.0.1', $port)); s.listen(); print('up', flush=True); time.sleep(60)" >"$T/holder" &
holder=$!
wait_for 10 grep -q up "$T/holder"
sync --once
bad 2 "port $port on 127.0.0.1: in use by process $holder"
is "$(ls "$T/state/replicas")" '' 'nothing was started'
kill "$holder"; wait "$holder" 2>/dev/null

# wrong FILE SED MESSAGE: one edit that is refused with its place
wrong() {
	edit "$1" "$2"
	sync --once
	bad 2 "$3"
	git -C "$repo" reset -q --hard HEAD~1
}
wrong deployment.yaml 's/  replicas: 3/  replica: 3/' \
	'manifests/deployment.yaml:10:3: unknown key "replica" in Deployment/house-price-api spec (did you mean "replicas"?)'
wrong deployment.yaml 's/value: ""/value: 1/' 'value: must be text (put it in quotes)'
wrong deployment.yaml 's/image: .*/image: nginx/' 'image "nginx": only oci:DIR:TAG@sha256:... is run here'
wrong deployment.yaml 's/@sha256:.*//' 'names no digest'
wrong deployment.yaml 's/@sha256:..../@sha256:0000/' 'manifests/deployment.yaml:'
wrong service.yaml 's/port: 80/port: 80000/' 'spec.ports[0].port: must be from 1 to 65535'
is "$(ls "$T/state/replicas")" '' 'nothing was started in all that'

git clone -q --bare "$repo" "$T/bare.git"
run rai-sync --repo "$T/bare.git" --state "$T/state" --port-map 80="$port"
bad 2 'relative to what? (--image-root)'
edit deployment.yaml 's/command: \[rai-serve\]/command: [no-such-program]/'
sync --once
status 1 'a command that is not there is a degraded rollout'
ok 'and named' grep -q 'cannot start no-such-program: No such file or directory' "$T/out"
plan $tap_n
