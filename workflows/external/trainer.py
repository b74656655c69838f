#!/usr/bin/env python3
"""A trainer of your own for rai-train, with scikit-learn:

    train: { candidates: [boost, external], external: [python3, trainer.py] }

It speaks JSON lines on stdin and stdout; rai-train(1) says what. Print nothing else to stdout.
"""
import json
import pickle  # the artifact is yours: nobody but this program reads it
import sys

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor, ExtraTreesClassifier


def rows(n):
    return [json.loads(sys.stdin.readline()) for _ in range(n)]


def matrix(lines):
    # null is a missing value
    return np.nan_to_num(np.array([line["x"] for line in lines], dtype=float), nan=-1)


def train(head):
    lines = rows(head["rows"])
    kind = ExtraTreesClassifier if head["classes"] else ExtraTreesRegressor
    model = kind(n_estimators=100, random_state=head["seed"], n_jobs=1)
    model.fit(matrix(lines), np.array([line["y"] for line in lines]))
    with open(head["artifact"], "wb") as f:
        pickle.dump(model, f)
    print(json.dumps({"rai": "trained"}), flush=True)


def answer(head):
    with open(head["artifact"], "rb") as f:
        model = pickle.load(f)
    print(json.dumps({"rai": "ready"}), flush=True)
    for line in sys.stdin:
        x = matrix(rows(json.loads(line)["rows"]))
        if head["classes"]:
            p = np.zeros((len(x), head["classes"]))
            p[:, model.classes_.astype(int)] = model.predict_proba(x)
        else:
            p = model.predict(x)
        print("\n".join(json.dumps({"p": v}) for v in p.tolist()), flush=True)


head = json.loads(sys.stdin.readline())
train(head) if head["rai"] == "train" else answer(head)
