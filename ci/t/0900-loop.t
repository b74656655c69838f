#!/bin/sh
# The whole loop, as make demo plays it on generated data, and that it leaves nothing behind.
. ci/tap.sh
plan 8

mkdir "$T/tmp"
TMPDIR=$T/tmp run scripts/demo
status 0 'the demo ends well'
[ "$code" = 0 ] || tail -n 20 "$T/out" | note
stdout_has 'drift.detected' 'drift was found'
stdout_has 'Retrains: 1,' 'exactly one retrain'
stdout_has 'failed: 0.' 'no request failed, also not in the rolling update'
stdout_has 'retrain.suppressed' 'later alerts for the same cause were suppressed'
stdout_has 'market moves -> recovered' 'the time to recovery is printed'
is "$(ls -A "$T/tmp")" '' 'no file is left'
# the scratch folder stands in the command line or environment of everything the demo starts
is "$(grep -lsa "$T/tmp/[r]ai-demo" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null |
    grep -v "/proc/$$/" | head -n 1)" '' 'no process is left'
