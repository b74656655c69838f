#!/bin/sh
# A log that is rotated under load, by its writer or by others, is read to the last line, and once.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
batch="[$row$(yes ",$row" | head -n 49 | tr -d '\n')]"

# load N: N requests of 50 rows, four at a time
load() {
	i=0
	while [ "$i" -lt "$1" ]; do echo "url = $url/predict"; echo "output = $T/reply.$i"; i=$((i + 1)); done >"$T/urls"
	curl -s -Z --parallel-max 4 -K "$T/urls" -d "$batch" 2>"$T/meter"
}
# follow LOG: $follower; a window that never fills, so that the last event says what was seen
follow() {
	rai-drift --model "$T/model/model.safetensors" --window 100000 --sustain 1 --follow "$1" \
		>"$T/event" 2>"$T/follow.err" &
	follower=$!
	pids="$pids $follower"
	wait_for 10 reads "$1"
}
# reads LOG: the follower has it open
reads() { ls -l "/proc/$follower/fd" | grep -q " $1\$"; }
# read_up LOG: and has read what is there
read_up() {
	fd=$(ls -l "/proc/$follower/fd" | sed -n "s| -> $1\$||; s|.* \([0-9]*\)\$|\1|p" | tail -n 1)
	reads "$1" && [ "$(awk '/^pos/ { print $2 }' "/proc/$follower/fdinfo/$fd")" = "$(wc -c <"$1")" ]
}
# seen LOG ROWS: ends the log with a line that is none, waits until it has been read
seen() {
	echo end >>"$1"
	wait_for 10 read_up "$1"
	kill "$follower"; ended "$follower"
	is "$(jq -r .data.window.rows "$T/event")" "$2" 'every prediction is seen'
	is "$(sed 's/; the first.*//' "$T/follow.err")" "rai-drift: 1 of $(($2 + 1)) lines are no log lines" \
		'every line once'
}

serve one --log "$T/log" --log-max-size 32K --log-keep 100
follow "$T/log"
load 40
wait_for 10 test "$(metric rai_prediction_log_lines_total)" = 2000
kill "$pid"; ended "$pid"
ok 'rotated many times' test -e "$T/log.20"
seen "$T/log" 2000

# by others, with names that move up and a signal, while requests go on
serve two --log "$T/other"
follow "$T/other"
load 60 & loader=$!
for i in 1 2 3 4 5 6; do
	for k in 5 4 3 2 1; do [ ! -e "$T/other.$k" ] || mv "$T/other.$k" "$T/other.$((k + 1))"; done
	mv "$T/other" "$T/other.1"
	kill -HUP "$pid"
	wait_for 10 test -e "$T/other"
done
wait "$loader"
kill "$pid"; ended "$pid"
is "$(cat "$T"/other* | wc -l)" 3000 'the server has written every line'
seen "$T/other" 3000

# a piece of a line that its writer takes back, as rai-serve does when the disk is full
grep -hv "^end" "$T"/other* >"$T/lines"
# io FIELD: the follower's reads by number (syscr) or bytes (rchar); looked: waits until it has read
io() { awk "/^$1/ { print \$2 }" "/proc/$follower/io"; }
more_reads() { [ "$(io syscr)" -ge "$1" ]; }
looked() { wait_for 10 more_reads $(($(io syscr) + 4)); }
# half N: the first bytes of line N come, and are read
half() { sed -n "$1p" "$T/lines" | head -c 200 >>"$T/mended"; looked; }
lines() { sed -n "$1,$2p" "$T/lines" >>"$T/mended"; }
lines 1 100
follow "$T/mended"
wait_for 10 read_up "$T/mended"
whole=$(wc -c <"$T/mended")
half 101
before=$(io rchar)
truncate -s "$whole" "$T/mended"
looked
ok 'a piece that is taken back is no new beginning' test "$(io rchar)" -lt $((before + whole))
lines 102 110
wait_for 10 read_up "$T/mended"
# it looks again when the file has grown beyond what it has read
whole=$(wc -c <"$T/mended")
half 111
kill -STOP "$follower"
truncate -s "$whole" "$T/mended"
lines 112 211
kill -CONT "$follower"
# and a piece whose end comes later is a line
half 212
sed -n 212p "$T/lines" | tail -c +201 >>"$T/mended"
lines 213 300
seen "$T/mended" 298

# what is gone is said
serve three --log "$T/gone"
follow "$T/gone"
load 1
kill -STOP "$follower"
load 1; kill "$pid"; ended "$pid"
echo {} >"$T/gone.1"; rm "$T/gone"; echo {} >"$T/gone"
kill -CONT "$follower"
ok 'a file that went before it was read to its end is told' \
	wait_for 10 grep -q 'lines may be missing' "$T/follow.err"
kill "$follower"; ended "$follower"
