#!/bin/sh
# A log that takes nothing more: requests go on, what is lost is counted, and told once.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
mounted=
cleanup() {
	for p in $pids; do kill -9 "$p" 2>/dev/null; done
	[ -z "$mounted" ] || umount "$mounted"
}
train 1
{ echo "[$row"; yes ",$row" | head -n 4999; echo ']'; } >"$T/rows"

# a reader that stands still: the memory fills, and the end does not wait for ever
mkfifo "$T/fifo"
serve one --log "$T/fifo" --drain 1s
codes=
for i in 1 2 3 4 5 6 7 8; do
	codes="$codes$(curl -s -m 20 -o "$T/many" -w '%{http_code} ' "$url/predict" -d "@$T/rows")"
done
is "$codes" '200 200 200 200 200 200 200 200 ' 'no request waits for the log'
dropped=$(metric rai_prediction_log_dropped_total)
# some 12,000 lines fit; as many again may be in the hands of the writer, who stands still with them
ok "what does not fit into 4 MB is dropped and counted ($dropped)" [ "$dropped" -gt 12000 ]
ok 'what fits is not' [ "$dropped" -lt 32000 ]
kill "$pid"; ended "$pid"
is "$code" 0 'the process ends'
is "$(grep -c 'takes nothing any more' "$T/one.err")" 1 'and says what it has given up'

# a full disk, a small one of our own where that is allowed
if [ "$(id -u)" != 0 ] || ! mkdir "$T/disk" || ! mount -t tmpfs -o size=256k none "$T/disk" 2>"$T/mount.err"; then
	for i in 1 2 3 4 5 6; do pass 'a full disk # SKIP mounting is not allowed here'; done
	exit
fi
mounted=$T/disk
head -c 100000 /dev/zero >"$T/disk/other"
serve two --log "$T/disk/log"
for i in 1 2 3; do curl -s -o "$T/many" -w '%{http_code} ' "$url/predict" -d "@$T/rows"; done >"$T/codes"
is "$(cat "$T/codes")" '200 200 200 ' 'a full disk refuses no request'
lines() { echo $(($(metric rai_prediction_log_lines_total) + $(metric rai_prediction_log_dropped_total))); }
counted() { [ "$(lines)" = 15000 ]; }
wait_for 10 counted
is "$(lines)" 15000 'every line is either written or counted as lost'
is "$(wc -l <"$T/disk/log")" "$(metric rai_prediction_log_lines_total)" 'those written are there'
is "$(jq -r .type "$T/disk/log" | sort | uniq -c | awk '{ print $1, $2 }')" "$(wc -l <"$T/disk/log") prediction" 'and whole'
is "$(grep -c 'cannot be written' "$T/two.err")" 1 'one warning'
rm "$T/disk/other"
before=$(wc -l <"$T/disk/log")
curl -s "$url/predict" -d "$row" >"$T/p"
kill "$pid"; ended "$pid"
is "$(wc -l <"$T/disk/log")" $((before + 1)) 'with room again it goes on'
