#!/bin/sh
# Spoilt requests by the thousand, beside valid ones.  RAI_PESTER=1000000 asks for so many.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
n=${RAI_PESTER:-20000}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }

serve one --max-body 64K --max-wait 0s --log "$T/log"
port=${url##*:}
pester --port "$port" --requests $((n / 4)) --seed 1 >"$T/first" 2>"$T/first.err"
code=$?
before=$(rss)
is "$code $(jq .wrong "$T/first")" '0 0' 'every reply is HTTP, none is a 5xx, valid requests get their own answers' || note <"$T/first.err"
pester --port "$port" --requests $((n - n / 4)) --seed 2 >"$T/more" 2>"$T/more.err"
code=$?
after=$(rss)
is "$code $(jq .wrong "$T/more")" '0 0' 'also when it goes on' || note <"$T/more.err"
note <"$T/more"
ok 'some were good, some were not, many were valid' jq -e '.["2xx"] > .replies / 10 and .["4xx"] > .replies / 10 and .valid > 100' "$T/more"
grown=$((after - before))
echo "# memory: $before KB, later $after KB"
keeps_freed && most=400000 || most=8000
ok 'memory stays flat' test "$grown" -lt "$most"
ask "$url/predict" -d "$row"
is "$status_code" 200 'the server goes on'
kill "$pid"; ended "$pid"
is "$code" 0 'to its end, with nothing to complain about'
is "$(grep -v -e ' on http://' "$T/one.err")" '' 'and said nothing'
ok 'each line of the log is JSON' jq -ne '[inputs | .type] | length > 0' "$T/log"
