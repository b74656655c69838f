"""The boosting peers of make bench: 100 rounds of 31 leaves on generated rows.

The rows are Friedman's first function (Friedman, "Multivariate adaptive regression splines", Annals
of Statistics 19, 1991) with 20 uniform features, of which 5 count, and unit noise:
    y = 10 sin(pi x0 x1) + 20 (x2 - 0.5)^2 + 10 x3 + 5 x4 + e
by numpy's default_rng(1).  Of ROWS rows the last tenth is held out: the column fold is 1 there, so
that `split: { by: fold }` holds out the same rows.

usage: boost_peer.py make ROWS FILE.csv     writes the rows
       boost_peer.py fit FILE.csv PEER...   -> one JSON object per peer: seconds of the fit alone (data
                                               in memory, the least of 3) and R2 on the rows held out;
                                               peers: sklearn, xgboost, lightgbm
"""
import json
import os
import sys
import time

THREADS = 2
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import numpy as np

FEATURES = 20


def make(rows, path):
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(rows, FEATURES))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2
    y += 10 * x[:, 3] + 5 * x[:, 4] + rng.normal(size=rows)
    fold = (np.arange(rows) >= rows - rows // 10).astype(float)
    head = ",".join([f"x{j}" for j in range(FEATURES)] + ["fold", "y"])
    form = ["%.9g"] * FEATURES + ["%d", "%.9g"]
    np.savetxt(path, np.column_stack([x, fold, y]), form, ",", header=head, comments="")


def regressor(peer):
    if peer == "sklearn":
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(
            max_iter=100, max_leaf_nodes=31, learning_rate=0.1, max_bins=255, early_stopping=False
        )
    if peer == "xgboost":
        from xgboost import XGBRegressor

        return XGBRegressor(
            n_estimators=100, max_leaves=31, max_depth=0, grow_policy="lossguide",
            learning_rate=0.1, max_bin=255, tree_method="hist", n_jobs=THREADS,
        )
    from lightgbm import LGBMRegressor

    return LGBMRegressor(
        n_estimators=100, num_leaves=31, learning_rate=0.1, max_bin=255, n_jobs=THREADS, verbose=-1
    )


def fit(path, peers):
    data = np.loadtxt(path, delimiter=",", skiprows=1)
    held = data[:, FEATURES] == 1
    x, y = np.ascontiguousarray(data[~held, :FEATURES]), data[~held, -1]
    xt, yt = np.ascontiguousarray(data[held, :FEATURES]), data[held, -1]
    for peer in peers:
        seconds = []
        for _ in range(3):
            model = regressor(peer)
            start = time.perf_counter()
            model.fit(x, y)
            seconds.append(time.perf_counter() - start)
        rest = ((yt - model.predict(xt)) ** 2).sum() / ((yt - yt.mean()) ** 2).sum()
        print(json.dumps({"peer": peer, "seconds": min(seconds), "r2": 1 - rest}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        fit(sys.argv[2], sys.argv[3:])
