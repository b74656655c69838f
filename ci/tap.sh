# Shell side of the tests: sourced by every *.t.  Gives plan, run, status, stdout, stderr, like,
# ok, is, and a fresh working folder $T that is removed at the end.  The tests run from the top of
# the source tree: $top; programs are found on PATH.
set -u
top=$(pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/rai-test.XXXXXX")
tap_n=0
tap_bad=0
tap_plan=0
trap 'tap_end' EXIT
trap 'exit 130' INT TERM
# Tests must not depend on the person's settings.
export GIT_CONFIG_NOSYSTEM=1 HOME="$T" LC_ALL=C TZ=UTC
unset SOURCE_DATE_EPOCH GIT_DIR GIT_WORK_TREE 2>/dev/null || :

tap_end() {
	code=$?
	if command -v cleanup >/dev/null 2>&1; then cleanup; fi
	cd / && rm -rf "$T"
	[ "$tap_plan" != 0 ] || echo "1..$tap_n"
	[ "$tap_bad" = 0 ] || exit 1
	exit "$code"
}
plan() { tap_plan=$1; echo "1..$1"; }
skip_all() { tap_plan=1; echo "1..0 # SKIP $1"; exit 0; }

pass() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
fail() { tap_n=$((tap_n + 1)); tap_bad=1; echo "not ok $tap_n - $1"; }
note() { sed 's/^/# /'; }

# run program args...: keeps $T/out, $T/err and $code; reads this call's stdin
run() { code=0; "$@" >"$T/out" 2>"$T/err" || code=$?; }
status() {
	if [ "$code" = "$1" ]; then pass "$2"; else
		fail "$2"; echo "# status $code, want $1"; note <"$T/err"
	fi
}
stdout() { if [ "$(cat "$T/out")" = "$1" ]; then pass "$2"; else fail "$2"; note <"$T/out"; echo "# want: $1"; fi; }
stderr() { if [ "$(cat "$T/err")" = "$1" ]; then pass "$2"; else fail "$2"; note <"$T/err"; echo "# want: $1"; fi; }
# a piece of text (not a pattern) is in the output
stdout_has() { if grep -qF -e "$1" "$T/out"; then pass "$2"; else fail "$2"; note <"$T/out"; echo "# want in it: $1"; fi; }
stderr_has() { if grep -qF -e "$1" "$T/err"; then pass "$2"; else fail "$2"; note <"$T/err"; echo "# want in it: $1"; fi; }
is() { if [ "$1" = "$2" ]; then pass "$3"; else fail "$3"; echo "# got: $1"; echo "# want: $2"; fi; }
# ok 'name' command...: the command succeeds
ok() { tap_name=$1; shift; if "$@" >"$T/ok.log" 2>&1; then pass "$tap_name"; else fail "$tap_name"; note <"$T/ok.log"; fi; }
# wait_for seconds command...: until the command succeeds, looking 50 times a second
wait_for() {
	tap_left=$(($1 * 50)); shift
	until "$@" >/dev/null 2>&1; do
		tap_left=$((tap_left - 1)); [ "$tap_left" -gt 0 ] || return 1; sleep 0.02
	done
}
# free_port: a loopback TCP port that nobody listens on now
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
