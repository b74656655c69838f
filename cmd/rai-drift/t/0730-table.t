#!/bin/sh
# The table: fits the terminal, says what to do, and is coloured for people alone.
. ci/tap.sh
. cmd/rai-drift/t/prepare.sh
log 0 --rows 1000 >clean.jsonl
log 1000 --rows 1000 --inflate 40 --mix 0.3 >moved.jsonl
# judge COLUMNS files...
judge() { columns=$1; shift; COLUMNS=$columns run rai-drift --model m.safetensors --table "$@"; }
# widest: but for a command, which must stay one line to be copied
widest() { grep -v '^  rai-' out | awk '{ if (length($0) > m) m = length($0) } END { print m }'; }
judge 80 clean.jsonl moved.jsonl
status 1 'drift'
ok "80 columns (here $(widest))" [ "$(widest)" -le 80 ]
stdout_has 'next: ' 'what to do next'
is "$(grep -c '^  rai-train --model house-price | rai-tag$' out)" 1 'the command, to be copied'
stdout_has 'by the inputs of these rows: accuracy ' 'what the labelled rows let expect'
is "$(grep '^column' out | grep -o null | wc -l)" 2 'with what is normal without drift'
judge 120 clean.jsonl moved.jsonl
ok "120 columns (here $(widest))" [ "$(widest)" -le 120 ]
ok 'and more in them' [ "$(widest)" -gt 90 ]
stdout_has 'ref %' 'as the missing values of the reference'
is "$(grep -c "$(printf '\033')" out)" 0 'no colours in a pipe'
judge none clean.jsonl
ok 'a width that is none is 80' [ "$(widest)" -le 80 ]
stdout_has 'no drift in 2 windows' 'no drift'
# in a terminal
tty() {
	python3 - "$@" <<'PY'
import fcntl, os, pty, struct, sys, termios
columns, args = int(sys.argv[1]), sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(args[0], args)
try:
    while True:
        data = os.read(fd, 65536)
        if not data: break
        sys.stdout.buffer.write(data)
except OSError: pass
PY
}
tty 80 rai-drift --model m.safetensors --table clean.jsonl moved.jsonl | tr -d '\r' >out
ok 'colours in a terminal' grep -q "$(printf '\033\\[1;33mdrift')" out
sed "s/$(printf '\033')\[[0-9;]*m//g" out >plain && mv plain out
ok "which it fits (here $(widest))" [ "$(widest)" -le 80 ]
NO_COLOR=1 tty 80 rai-drift --model m.safetensors --table clean.jsonl moved.jsonl >out
is "$(grep -c "$(printf '\033')" out)" 0 'unless NO_COLOR says otherwise'
# a name with orders for a terminal
python3 - <<'PY'
import csv, random
r = random.Random(4)
for path, shift in (("was.csv", 0), ("now.csv", 2)):
    w = csv.writer(open(path, "w", newline=""))
    w.writerow(["\033[2J\u00e4\u00f6\u00fc", "x"])
    for i in range(1000): w.writerow([round(r.gauss(shift, 1), 4), round(r.random(), 4)])
PY
run rai-drift --against was.csv --table now.csv
is "$(grep -c "$(printf '\033')" out)" 0 'a name gives a terminal no orders'
# a p-value that no double can hold, and rows sent again
python3 - <<'PY'
import csv, random
r = random.Random(5)
def write(path, share, rows):
    w = csv.writer(open(path, "w", newline=""))
    w.writerow(["far", "code", "x"])
    for i in range(rows):
        low = r.random() < share
        w.writerow([round(r.random() + (0 if low else 9), 4), "ab"[low], round(r.random(), 4)])
write("was.csv", 0.995, 3000); write("now.csv", 0.005, 3000)
lines = open("was.csv").read().split("\n")[:401]
open("again.csv", "w").write("\n".join(lines + lines[1:]) + "\n")
PY
run rai-drift --against was.csv --table --window 3000 --sustain 1 now.csv
status 1 'as far as can be'
ok "80 columns still (here $(widest))" [ "$(widest)" -le 80 ]
is "$(grep '^far' out | awk '{ print $8 }')" '<1e-300' 'a p-value is never 0'
run rai-drift --against was.csv --window 3000 --sustain 1 now.csv
is "$(field data.message | grep -c 'p <1e-300')" 1 'nor in words'
is "$(jq -r '.data.features[0].ks.p' out)" 0 'but as a number it is what it is'
is "$(jq -c .data.repeats out)" null 'no row came again'
run rai-drift --against was.csv --window 800 again.csv
status 3 'rows sent again'
is "$(jq -c .data.repeats out)" '{"rows":400,"distance":400,"broken":true}' 'how many, and after how many'
