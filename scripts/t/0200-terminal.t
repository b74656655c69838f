#!/bin/sh
# A program that waits for a person's typing says so; in a pipe it keeps quiet.
. ci/tap.sh
command -v python3 >/dev/null || skip_all 'no python3 for a terminal'
plan 4

git init -q "$T/repo"
on_terminal() { # what the program says on a terminal whose line is closed at once
	python3 - "$@" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
os.write(fd, b"\x04")
out = b""
while True:
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    out += piece
os.waitpid(pid, 0)
sys.stdout.write(out.decode())
END
}
cd "$T/repo" || exit 2
run on_terminal rai-tag
stdout_has 'rai-tag: reading the event of a training from this terminal' 'rai-tag says what it waits for'
printf 'version: 1\nmodels:\n  m: {}\n' >rai.yaml
run on_terminal rai-dispatch
stdout_has 'rai-dispatch: reading events or an alert from this terminal' 'rai-dispatch, too'
run rai-tag </dev/null
status 2 'no event in a pipe is an error'
if grep -q terminal "$T/err"; then fail 'and no word of a terminal'; else pass 'and no word of a terminal'; fi
