#!/usr/bin/python3
"""The peer of bench-drift: numpy and scipy (Debian's).

make N SEED SHIFT FILE   N rows of 20 normal numbers as CSV
scipy REF NOW            D by scipy.stats.ks_2samp, PSI by numpy, column by column
numpy REF NOW            the same by sorting and searchsorted
bins REF NOW PROFILE     D as above, PSI in the bins of rai-drift --profile: to compare values
"""
import json
import sys
import time

import numpy as np


def make(n, seed, shift, path):
    r = np.random.default_rng(seed)
    scale, at = 10 ** (np.arange(20) % 4 - 1.0), np.arange(20)
    with open(path, "w") as f:
        f.write(",".join("x%d" % i for i in range(20)) + "\n")
        for done in range(0, n, 50000):
            rows = (r.normal(size=(min(50000, n - done), 20)) + shift) * scale + at
            np.savetxt(f, rows, fmt="%.4f", delimiter=",")


def read(path):
    import pandas as pd
    return pd.read_csv(path).to_numpy().T.copy()


def psi(edges, ref, now):
    """Half a count is added to every bin that either has values in; the last two bins are of missing values."""
    a = np.append(np.bincount(np.searchsorted(edges, now, side="right"), minlength=len(edges) + 1), 0)
    b = np.append(np.bincount(np.searchsorted(edges, ref, side="right"), minlength=len(edges) + 1), 0)
    used = (a > 0) | (b > 0)
    a, b = a[used] + 0.5, b[used] + 0.5
    p, q = a / a.sum(), b / b.sum()
    return float(((p - q) * np.log(p / q)).sum())


def deciles(ref):
    return np.quantile(ref, np.arange(1, 10) / 10)


def sorted_d(ref, now):
    """Where the two distribution functions can be furthest apart: at the values of the reference and just before."""
    ref, now = np.sort(ref), np.sort(now)
    n, m = len(now), len(ref)
    up, before = np.searchsorted(now, ref, side="right") / n, np.searchsorted(now, ref, side="left") / n
    here, ahead = np.searchsorted(ref, ref, side="right") / m, np.searchsorted(ref, ref, side="left") / m
    return float(max(np.abs(up - here).max(), np.abs(before - ahead).max()))


def main():
    what = sys.argv[1]
    if what == "make":
        make(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
        return
    start = time.perf_counter()
    ref, now = read(sys.argv[2]), read(sys.argv[3])
    reading = time.perf_counter() - start
    edges = [deciles(r) for r in ref]
    if what == "bins":
        columns = json.load(open(sys.argv[4]))["profile"]["features"]
        edges = [np.array(c["edges"]) for c in columns]
    start = time.perf_counter()
    if what == "numpy":
        d = [sorted_d(r, x) for r, x in zip(ref, now)]
    else:
        from scipy import stats
        d = [float(stats.ks_2samp(r, x, method="asymp").statistic) for r, x in zip(ref, now)]
    p = [psi(e, r, x) for e, r, x in zip(edges, ref, now)]
    print(json.dumps({"reading": reading, "seconds": time.perf_counter() - start, "d": d, "psi": p}))


main()
