#!/bin/sh
# The examples of the man page run as printed.
. ci/tap.sh
. cmd/rai-dispatch/t/lib.sh
plan 9
page=$top/man/rai-dispatch.1
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$page" >"$T/examples"
example() { sed -n "${1}p" "$T/examples" >"$T/example.sh"; run sh "$T/example.sh"; }
fresh
conf '' 'command: ["true"]'
drift E1 aa 2026-11-23T10:00:00Z >alert.json
is "$(wc -l <"$T/examples")" 6 'six examples'
example 1; status 0 "$(sed -n 1p "$T/examples")"
example 2; status 0 "$(sed -n 2p "$T/examples")"
example 3; status 0 "$(sed -n 3p "$T/examples")"
is "$(tail -1 "$T/out")" suppressed 'the second time nothing follows'
example 4; is "$(wc -l <"$T/out")" 2 "$(sed -n 4p "$T/examples")"
example 5; status 0 "$(sed -n 5p "$T/examples")"
# the pipeline: its parts are there and understand their options; tail -F would not end
is "$(sed -n 6p "$T/examples")" 'tail -F preds.jsonl | rai-drift --model m.safetensors | rai-dispatch' 'the pipeline'
drift E2 bb 2026-11-23T10:00:00Z >preds.jsonl
tail -n +1 preds.jsonl | cat | rai-dispatch >"$T/out" 2>&1
stdout_has '"cause_key"' 'ends in an answer'
