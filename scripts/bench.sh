# What the parts of the benchmark share: sourced by scripts/bench-*.  Ratios count; the absolute figures
# are this machine's.  A peer that is not there is said so.
set -euo pipefail
T=$(mktemp -d "${TMPDIR:-/tmp}/rai-bench.XXXXXX")
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || :; wait 2>/dev/null || :; rm -rf "$T"' EXIT
peers=$(cd "$(dirname "$0")/peers" && pwd)
python=/usr/bin/python3                # Debian's, with scikit-learn and pandas
more=${BENCH_PYTHON:-$python}          # one that has XGBoost and LightGBM
seconds=${BENCH_SECONDS:-5}            # of each load on a server

# market_or FILE: the file, or a made-up market as large as the Melbourne set
market_or() {
	if [ -n "${1:-}" ]; then realpath "$1"; else
		market --rows 13580 --seed 1 >"$T/market.csv"
		echo "$T/market.csv"
	fi
}
now() { date +%s.%N; }
since() { echo "$(now) - $1" | bc -l 2>/dev/null || awk -v a="$(now)" -v b="$1" 'BEGIN { print a - b }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }
port() { $python -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
until_up() { for _ in $(seq 500); do curl -sf -o /dev/null -m 1 "$@" && return; sleep 0.02; done; return 1; }
row() { printf '%-44s %14s %14s %10s   %s\n' "$@"; }
rss_mb() { awk '/^VmRSS/ { s += $2 } END { printf "%.0f", s / 1024 }' $(printf '/proc/%s/status ' "$@") 2>/dev/null; }
# fastest N COMMAND...: seconds of the fastest of N runs, after one that warms the cache
fastest() {
	local n=$1 start
	shift
	"$@" >/dev/null
	for _ in $(seq "$n"); do start=$(now); "$@" >/dev/null; since "$start"; done | sort -g | head -1
}
children() { echo "$1" $(pgrep -P "$1" || :); }

have() { "$1" -c "import $2" 2>/dev/null; }
num() { printf "%.${1}f" "$2"; }
minus() { awk -v a="$1" -v b="$2" 'BEGIN { print a - b }'; }
