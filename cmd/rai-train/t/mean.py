#!/usr/bin/env python3
"""A trainer for the tests: answers the mean of the target plus the first feature, or the shares of
the classes; on request it misbehaves."""
import json
import os
import signal
import sys
import time

trouble = sys.argv[1] if len(sys.argv) > 1 else ""
if trouble.endswith("-stays"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
head = json.loads(sys.stdin.readline())
if head["rai"] == "train":
    lines = [json.loads(sys.stdin.readline()) for _ in range(head["rows"])]
    if trouble == "train-dies":
        sys.exit(3)
    if trouble == "train-says-nothing":
        sys.exit(0)
    y = [line["y"] for line in lines]
    if head["classes"]:
        what = [y.count(k) / len(y) for k in range(head["classes"])]
    else:
        what = sum(y) / len(y)
    with open(head["artifact"], "w") as f:
        json.dump({"what": what, "features": [g["name"] for g in head["features"]]}, f)
    print(json.dumps({"rai": "trained"}), flush=True)
else:
    with open(head["artifact"]) as f:
        what = json.load(f)["what"]
    print(json.dumps({"rai": "ready"}), flush=True)
    for batch in sys.stdin:
        if trouble == "ask-dies":
            os.kill(os.getpid(), 9)
        for _ in range(json.loads(batch)["rows"]):
            x = json.loads(sys.stdin.readline())["x"]
            if trouble == "ask-text":
                print("no JSON", flush=True)
            elif trouble == "ask-shares":
                print(json.dumps({"p": [0.5]}), flush=True)
            elif trouble == "ask-below":
                print(json.dumps({"p": [-1, 2] + [0] * (head["classes"] - 2)}), flush=True)
            elif head["classes"]:
                print(json.dumps({"p": what}))
            else:
                print(json.dumps({"p": what + (x[0] or 0)}))
        sys.stdout.flush()
if trouble == head["rai"] + "-stays":
    time.sleep(3600)
