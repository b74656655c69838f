#!/usr/bin/python3
"""Milliseconds from a program's start to its end, without a shell: the least of N runs after a first one.

process_time.py N COMMAND...
"""
import os
import sys
import time


def once(command, null):
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, status = os.waitpid(pid, 0)
    taken = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit("%s: %d" % (command[0], status))
    return 1000 * taken


null = os.open(os.devnull, os.O_WRONLY)
once(sys.argv[2:], null)
print(min(once(sys.argv[2:], null) for _ in range(int(sys.argv[1]))))
