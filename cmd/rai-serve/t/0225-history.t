#!/bin/sh
# The dashboard's curves outlive the process, and show when there was none.
. ci/tap.sh
. cmd/rai-serve/t/serve.sh
train 1
cp "$T/model/model.safetensors" "$T/first"
d=$T/state/house-price.drift
mkdir "$T/state"

# from name hour options...: a server that takes this for the time, and its dashboard in $T/page
from() {
	server=$1 hour=$2; shift 2
	serve "$server" --state "$T/state" --now "2026-11-28T$hour:00:00Z" "$@"
}
# curve 1|2|3: what is drawn of accuracy, drift or latency: the points of every line, "M62.0 ..."
curve() {
	curl -s "$url/dashboard" | awk -v want="$1" '
		/<figure>/ { figure++ }
		figure == want && /^<path class="first" d="[^"]/ { sub(/.* d="/, ""); sub(/".*/, ""); print }
		/<\/section>/ { exit }'
}
lines() { wc -l | tr -d ' '; }
height() { sed 's/.* //; s/h0$//'; } # of the last point of each line; a single one is a dot
accuracy() { metric 'model_accuracy{model="house-price"}'; }

from one 01
live_rows 150 3
live
was=$(accuracy)
is "$(curve 1 | lines)" 1 'the accuracy of one process is one line'
kill "$pid"; ended "$pid"
is "$code" 0 'the end'
[ -s "$d" ]; is $? 0 'has kept the minute that was not over'

from two 04
is "$(accuracy)" "$was" 'three hours later accuracy goes on'
curve 1 >"$T/curve"
is "$(lines <"$T/curve")" 2 'and its curve, with a gap'
is "$(sed -n '1s/ .*//p; 2s/ .*//p' "$T/curve" | tr '\n' ' ')" 'M62.0 M408.0 ' \
	'from three hours before to now'
is "$(height <"$T/curve" | sort -u | lines)" 1 'at the same height'
is "$(curve 2 | lines)" 2 'so does drift'
is "$(curve 3 | lines)" 1 'latency has nothing new yet: that is no zero'
is "$(curve 3 | grep -c '^M62.0 ')" 1 'but the past'
live
is "$(curve 3 | lines)" 2 'until it has'
cp "$d" "$T/kept"
kill -9 "$pid"; ended "$pid"
cmp "$d" "$T/kept" >"$T/out"; is $? 0 'a process that is killed leaves the file whole'
from three 05
is "$(curve 1 | lines)" 2 'from which the next goes on'
is "$(curve 3 | grep -c '^M62.0 ')" 1 'with the latency that was kept'
kill "$pid"; ended "$pid"
serve late --state "$T/state" --now 2026-11-29T03:30:00Z
is "$(curve 1 | lines)" 2 'a day later the first process is no longer shown'
kill -9 "$pid"; ended "$pid"
serve later --state "$T/state" --now 2026-12-01T00:00:00Z
is "$(curve 1 | lines) $(curve 3 | lines)" '1 0' 'and after a day without a process there is no past'
kill -9 "$pid"; ended "$pid"

# another model of the name goes on, one of another target does not
cp "$T/kept" "$d"
train 2
from four 06
is "$(curve 1 | lines) $(curve 3 | lines)" '2 1' 'another model goes on, as after a swap'
is "$(curve 2 | lines)" 1 'its drift is not known yet, that of the other is past'
kill -9 "$pid"; ended "$pid"
cp "$T/kept" "$d"
sed -i 's/column: Price/column: Landsize/; s/, Landsize\]/]/' "$T/train.2/rai.yaml"
rm "$T/model/model.safetensors"
(cd "$T/train.2" && rai-train -c rai.yaml -o "$T/model/model.safetensors" >event.json 2>train.log) ||
	note <"$T/train.2/train.log"
from five 06
is "$(curve 2 | lines) $(curve 3 | lines)" '0 0' 'one of another target does not'
kill "$pid"; ended "$pid"

# what an earlier version left, and what none did
python3 - "$T/kept" "$d" <<'END'
import struct, sys
kept = open(sys.argv[1], 'rb').read()
points = struct.unpack_from('=Q', kept, 16)[0]
open(sys.argv[2], 'wb').write(kept[32 + 48 * points:])
END
is "$(head -c 8 "$d")" raidrif1 'a file without minutes'
cp "$T/first" "$T/model/model.safetensors"
from six 06
is "$(curve 1 | lines) $(curve 3 | lines)" '0 0' 'has no curve, and the other target has left no pairs'
ok 'but its windows of drift' sh -c "curl -s $url/dashboard | grep -q '<td>150</td>'"
kill "$pid"; ended "$pid"
head -c 8 "$d" >"$T/out"
is "$(cat "$T/out")" raihist1 'and gets its minutes at the end'
# refused what why: the file is an error, and stays
refused() {
	cp "$d" "$T/damaged"
	run rai-serve --model "$T/model/model.safetensors" --listen 127.0.0.1:0 --state "$T/state"
	status 2 "$1 is an error"
	stderr_has "$d: $2" 'that names the file'
	cmp "$d" "$T/damaged" >"$T/out"; is $? 0 'which is left alone'
}
head -c 1000 "$T/kept" >"$d"
refused 'half of a file' 'is not whole'
cp "$T/kept" "$d"
printf '\377\377\377\377\377\377\377\377' | dd of="$d" bs=1 seek=32 conv=notrunc 2>"$T/dd"
refused 'a time that cannot be' 'its minute 1 of 2 was never written by rai-serve'
rm "$d"

# what stands in the way of one model's minutes takes nothing from another
serve seven --state "$T/state" --model "second=$T/first"
rm -f "$d" "$T/state/second.drift"
mkdir "$d"
kill "$pid"; ended "$pid"
is "$code" 0 'the end, with a folder where a file should be'
ok 'of which a warning tells' grep -q "would not outlive the process: $d: " "$T/seven.err"
ok "another model's minutes are kept" test -s "$T/state/second.drift"
