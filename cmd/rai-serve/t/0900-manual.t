#!/bin/sh
# The examples of the manual run as printed.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
cd "$T/model" && mv model.safetensors house-price.safetensors || exit 1
echo '{"Rooms": 3}' >rows.jsonl
# the lines of EXAMPLES, with a port that is free here
port=$(free_port)
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$top/man/rai-serve.1" | sed -n 's/^\.Dl //p' |
	sed "s/\\\\(aq/'/g; s/\\\\(dq/\"/g; s/\\\\e/\\\\/g; s/127.0.0.1:5000/127.0.0.1:$port/g" >"$T/examples"
export RAI_LISTEN=127.0.0.1:$port # as if it were the default
ok 'there are examples' test "$(wc -l <"$T/examples")" -ge 5
while read -r line; do
	case $line in
	*'&') eval "$line"; pids="$pids $!"
		ok "$line" wait_for 10 curl -sf "http://127.0.0.1:$port/readyz" ;;
	*) if eval "$line" >"$T/out" 2>"$T/err" </dev/null; then pass "$line"; else fail "$line"; note <"$T/err"; fi ;;
	esac
done <"$T/examples"
ok 'the predictions were logged' wait_for 5 grep -q '"prediction"' predictions.jsonl
