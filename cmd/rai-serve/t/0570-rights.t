#!/bin/sh
# As nobody, without privileges, on a file system that is read-only; the units that ask for that.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
chmod 755 "$T" "$T/model"; chmod 644 "$T/model/model.safetensors"

if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs true 2>/dev/null; then
	program=$T/rai-serve
	cp "$(command -v rai-serve)" "$program"
	# where a mount is not allowed the rest still counts
	cat >"$T/confined" <<-'END'
		mount --make-rprivate / 2>/dev/null && mount -o remount,bind,ro / 2>/dev/null && echo read-only >&2
		exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
	END
	unshare -m true 2>/dev/null && own='unshare -m' || own=
	$own sh "$T/confined" "$program" --model "$T/model/model.safetensors" --listen 127.0.0.1:0 \
		>"$T/one.out" 2>"$T/one.err" &
	pid=$!
	pids="$pids $pid"
	wait_for 10 grep -q 'on http://' "$T/one.err" || note <"$T/one.err"
	url=$(sed -n 's/.* on \(http:.*\)/\1/p' "$T/one.err")
	ask "$url/predict" -d "$row"
	is "$status_code" 200 "nobody without privileges predicts ($(grep -c read-only "$T/one.err") read-only root)"
	is "$(awk '/^Uid|^NoNewPrivs|^CapEff|^CapBnd/ { printf "%s ", $2 }' "/proc/$pid/status")" \
		'65534 0000000000000000 0000000000000000 1 ' 'with no right that could be left'
	ask "$url/metrics"
	is "$status_code" 200 'metrics'
	kill "$pid"; ended "$pid"
	is "$code" 0 'it ends'
else
	pass 'only root can become nobody # SKIP'
fi

if command -v systemd-analyze >/dev/null; then
	mkdir "$T/units"
	for unit in workflows/systemd/*@.*; do
		name=$(basename "$unit")
		# the page and the program need not be installed here
		sed -e '/^Documentation/d' -e 's,/usr/local/bin/rai-serve,/bin/true,' "$unit" >"$T/units/${name%@*}@x.${name##*.}"
		cp "$T/units/${name%@*}@x.${name##*.}" "$T/units/$name"
	done
	SYSTEMD_UNIT_PATH=$T/units:/lib/systemd/system:/usr/lib/systemd/system \
		systemd-analyze verify "$T/units"/*@x.* >"$T/verify" 2>&1
	is "$(grep "$T/units\|@x" "$T/verify")" '' 'systemd finds nothing to say about the units'
	# whether a set of system calls, or one by its name, holds this one
	holds() {
		[ "$1" = "$2" ] && return 0
		case $1 in @*) ;; *) return 1 ;; esac
		for member in $(systemd-analyze syscall-filter "$1" | sed -n 's/^    \([^#]\)/\1/p'); do
			holds "$member" "$2" && return 0
		done
		return 1
	}
	# what SystemCallFilter= says of it in the end: later lines go before earlier ones
	judged() {
		verdict=denied
		while read -r line; do
			case $line in '~'*) says=denied ;; *) says=allowed ;; esac
			for set in ${line#'~'}; do holds "$set" "$1" && verdict=$says; done
		done <"$T/calls"
		echo "$verdict"
	}
	sed -n 's/^SystemCallFilter=//p' workflows/systemd/rai-serve@.service >"$T/calls"
	is "$(judged setpriority) $(judged sched_setscheduler) $(judged setrlimit) $(judged setuid)" \
		'allowed allowed denied denied' 'the mirror and the log may take second place, and no more'
	if systemd-analyze security --offline=yes "$T/units/rai-serve@x.service" >"$T/exposure" 2>&1; then
		exposure=$(sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p' "$T/exposure")
		ok "exposure $exposure of 10" awk -v e="${exposure:-10}" 'BEGIN { exit !(e < 1.5) }'
	fi
else
	pass 'no systemd here # SKIP'
fi
for option in $(sed 's/#.*//; /^Description/d' workflows/systemd/*.service workflows/kubernetes/deployment.yaml | grep -o -e '--[a-z-]*' | sort -u); do
	ok "$option, which a unit or a manifest gives, exists" sh -c "rai-serve --help | grep -qwe '$option'"
done
