"""The peer of rai-serve --stdin: JSON lines in, predictions out, by json and scikit-learn.

A forest of 100 full trees on the report's six features, trained on the rows of the file that
PEER_DATA names; stdin holds rows, stdout gets {"prediction": ...} for each, stderr the rows per
second without the training.
"""
import json
import os
import sys
import time

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

FEATURES = ["Rooms", "Type", "Distance", "Bathroom", "Car", "Regionname"]

frame = pd.read_csv(os.environ["PEER_DATA"], encoding="utf-8-sig").dropna(subset=["Price"] + FEATURES)
codes = {name: {v: i for i, v in enumerate(sorted(frame[name].unique()))} for name in ("Type", "Regionname")}
for column, names in codes.items():
    frame[column] = frame[column].map(names)
model = RandomForestRegressor(100, random_state=42, n_jobs=2).fit(frame[FEATURES].to_numpy(), frame["Price"])

start, rows, lines = time.perf_counter(), 0, sys.stdin.readlines(1 << 22)
while lines:
    batch = [json.loads(line) for line in lines]
    x = np.array([[codes[f].get(r[f], -1) if f in codes else (0.0 if r[f] is None else r[f]) for f in FEATURES] for r in batch])
    for value in model.predict(x):
        print(json.dumps({"prediction": value}))
    rows += len(batch)
    lines = sys.stdin.readlines(1 << 22)
print(f"{rows / (time.perf_counter() - start):.0f}", file=sys.stderr)
