#!/usr/bin/env python3
"""Makes the .contributions beside this file, for cmd/rai-serve/t/0150-explain.t: of each row of
rows.csv the score of the baseline (row BASELINE), what each column adds to it, and the class that is
explained.  They are the Shapley values by their definition, from the raw scores that the real
libraries (pip: xgboost 3.x, lightgbm 4.x) give for all sets of columns.  What the interventional
TreeExplainer of the package shap (0.51) says beside it is printed: it knows neither the categories
nor the missing zeros of LightGBM, and adds in single precision.  testdata/foreign/explain.py [folder]"""
import itertools
import math
import os
import sys

import lightgbm as lgb
import numpy as np
import shap
import xgboost as xgb

here = os.path.dirname(os.path.abspath(__file__))
folder = sys.argv[1] if len(sys.argv) > 1 else here
rows = np.genfromtxt(os.path.join(here, "rows.csv"), delimiter=",", skip_header=1)
BASELINE = 5
N = rows.shape[1]


def scorer(path, kinds):
    """The raw scores, rows x outputs, and the model."""
    if path.endswith(".txt"):
        m = lgb.Booster(model_file=path)
        return lambda x: m.predict(x, raw_score=not path.endswith("-forest.txt")).reshape(len(x), -1), m
    m = xgb.Booster(model_file=path)
    return lambda x: m.predict(xgb.DMatrix(x, feature_names=m.feature_names, feature_types=kinds,
                                           enable_categorical=kinds is not None), output_margin=True).reshape(len(x), -1), m


def by_definition(score, row, z):
    """columns x outputs"""
    sets = list(itertools.product([0, 1], repeat=N))
    value = dict(zip(sets, score(np.array([np.where(s, row, z) for s in sets])).astype(float)))
    out = np.zeros((N, len(value[sets[0]])))
    for i in range(N):
        for s in sets:
            if not s[i]:
                k = sum(s)
                w = math.factorial(k) * math.factorial(N - 1 - k) / math.factorial(N)
                out[i] += w * (value[s[:i] + (1,) + s[i + 1:]] - value[s])
    return out


for name in sorted(os.listdir(here)):
    base, ext = os.path.splitext(name)
    if ext not in (".txt", ".json") or base.startswith("old-"):
        continue
    kinds = ["q", "q", "q", "c"] if base == "xgboost-categorical" else None
    score, model = scorer(os.path.join(here, name), kinds)
    all_raw, z = score(rows), rows[BASELINE]
    brute = np.array([by_definition(score, r, z) for r in rows])  # rows x columns x outputs
    try:
        tree = shap.TreeExplainer(model, data=rows[BASELINE:BASELINE + 1], feature_perturbation="interventional")
        said = np.array(tree.shap_values(rows, check_additivity=False))
        if base == "lightgbm-multiclass" and said.size == brute[:, :, 0].size:
            raise ValueError("one class of three")
        if base == "lightgbm-forest":
            said /= model.num_trees()  # shap explains the sum of the trees
        gap = np.abs(said.reshape(brute.shape) - brute).max() / np.abs(brute).max()
        print("%s: shap differs by %.2g of the largest" % (base, gap))
    except Exception as e:
        print("%s: shap: %s" % (base, str(e)[:60]))
    with open(os.path.join(folder, base + ".contributions"), "w") as f:
        for i in range(len(rows)):
            k = int(all_raw[i].argmax()) if all_raw.shape[1] > 1 else 0
            label = k if all_raw.shape[1] > 1 else int(all_raw[i, 0] > 0)
            f.write(",".join("%.17g" % v for v in [all_raw[BASELINE, k], *brute[i, :, k], label]) + "\n")
