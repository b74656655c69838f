"""The training peer of make bench: scikit-learn on the same file, features and split rule.

usage: sklearn_peer.py read FILE    -> seconds that pandas needs to read the file, fastest of 5
       sklearn_peer.py numbers OUT  writes 300,000 rows of 20 normal numbers as pandas does
       sklearn_peer.py report FILE  -> the report's whole training on melbourne.csv: seconds and R2
                                       of each candidate; on the rows that a column is_test names
                                       where the file has one
       sklearn_peer.py split FILE SEED OUT  writes the file with a column is_test that says which rows
                                       train_test_split(test_size=0.2, random_state=SEED) holds out
       sklearn_peer.py recipe FILE     -> R2 of the best of its own models here on those rows, or on
                                       the sales from 2017-06-01 on: gradient boosting by histogram,
                                       500 rounds, rate 0.05, log target, categories as codes
       sklearn_peer.py forest FILE     -> seconds of the fit of 100 full trees (least of 3), of asking
                                       for the held-out rows (least of 5, per row), and R2
                                       (mean of 3 seeds)
"""
import json
import sys
import time

import numpy as np
import pandas as pd


def table(path):
    frame = pd.read_csv(path, encoding="utf-8-sig").dropna(subset=["Price"])
    frame["Date"] = pd.to_datetime(frame["Date"], dayfirst=True)
    frame["Year"], frame["Month"] = frame["Date"].dt.year, frame["Date"].dt.month
    frame["Date"] = (frame["Date"] - pd.Timestamp("1970-01-01")).dt.days
    frame = frame.drop(columns=["Address"])
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = frame[name].astype("category").cat.codes
        else:
            frame[name] = frame[name].fillna(frame[name].median())
    return frame.drop(columns=["Price"]), frame["Price"]


def report(path):
    from scipy.stats import randint, uniform
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Lasso, LinearRegression, Ridge
    from sklearn.metrics import r2_score
    from sklearn.model_selection import RandomizedSearchCV, train_test_split
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR
    from sklearn.tree import DecisionTreeRegressor

    frame = pd.read_csv(path)
    x = frame[["Rooms", "Type", "Distance", "Bathroom", "Car", "Region"]].copy()
    for name in ("Type", "Region"):
        x[name] = x[name].astype("category").cat.codes
    y = frame["Price"]
    if "is_test" in frame:
        held = frame["is_test"] == 1
        a, b, ya, yb = x[~held], x[held], y[~held], y[held]
    else:
        a, b, ya, yb = train_test_split(x, y, test_size=0.2, random_state=42)
    scaler = StandardScaler().fit(a)
    a, b = scaler.transform(a), scaler.transform(b)
    space = {"criterion": ["squared_error", "friedman_mse"], "max_depth": [3, 4, 7, None],
             "min_samples_split": uniform(0.1, 0.9), "min_samples_leaf": randint(1, 21),
             "max_features": [1.0, "sqrt", "log2"]}
    out, begin = {}, time.perf_counter()
    for name, model in {
        "linear": LinearRegression(),
        "forest": RandomForestRegressor(100, max_depth=2, n_jobs=2, random_state=42),
        "tree": DecisionTreeRegressor(random_state=42),
        "search": RandomizedSearchCV(RandomForestRegressor(100, random_state=42), space,
                                     n_iter=200, cv=5, n_jobs=2, random_state=42),
        "svr": SVR(),
        "lasso": Lasso(alpha=1),
        "ridge": Ridge(alpha=100),
    }.items():
        start = time.perf_counter()
        model.fit(a, ya)
        seconds = time.perf_counter() - start
        out[name] = {"seconds": seconds, "r2": r2_score(yb, model.predict(b))}
    return {"seconds": time.perf_counter() - begin, "candidates": out}


def split(path, seed, out):
    from sklearn.model_selection import train_test_split

    frame = pd.read_csv(path, encoding="utf-8-sig")
    _, held = train_test_split(range(len(frame)), test_size=0.2, random_state=seed)
    frame["is_test"] = 0
    frame.loc[held, "is_test"] = 1
    frame.to_csv(out, index=False)


def sides(path):
    x, y = table(path)
    held = x["is_test"] == 1 if "is_test" in x else x["Date"] >= (pd.Timestamp("2017-06-01") - pd.Timestamp("1970-01-01")).days
    x = x.drop(columns=["is_test"], errors="ignore")
    return x[~held], x[held], y[~held], y[held]


def recipe(path):
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.metrics import r2_score

    a, b, ya, yb = sides(path)
    model = HistGradientBoostingRegressor(max_iter=500, learning_rate=0.05, random_state=0)
    model.fit(a, np.log(ya))
    return {"r2": r2_score(yb, np.exp(model.predict(b)))}


def forest(path):
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.metrics import r2_score

    a, b, ya, yb = sides(path)
    fits, asks, scores = [], [], []
    for seed in (1, 2, 3):
        model = RandomForestRegressor(100, n_jobs=2, random_state=seed)
        start = time.perf_counter()
        model.fit(a, ya)
        fits.append(time.perf_counter() - start)
        scores.append(r2_score(yb, model.predict(b)))
    for _ in range(5):
        start = time.perf_counter()
        model.predict(b)
        asks.append((time.perf_counter() - start) / len(b))
    return {"seconds": min(fits), "per_row": min(asks), "r2": sum(scores) / 3}


if __name__ == "__main__":
    if sys.argv[1] == "report":
        print(json.dumps(report(sys.argv[2])))
    elif sys.argv[1] == "split":
        split(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    elif sys.argv[1] == "recipe":
        print(json.dumps(recipe(sys.argv[2])))
    elif sys.argv[1] == "forest":
        print(json.dumps(forest(sys.argv[2])))
    elif sys.argv[1] == "read":
        seconds = []
        for _ in range(6):  # the first one warms the cache
            start = time.perf_counter()
            pd.read_csv(sys.argv[2])
            seconds.append(time.perf_counter() - start)
        print(json.dumps({"seconds": min(seconds[1:])}))
    elif sys.argv[1] == "numbers":
        rows = np.random.default_rng(0).normal(size=(300000, 20))
        pd.DataFrame(rows, columns=[f"x{i}" for i in range(20)]).to_csv(sys.argv[2], index=False)
    else:
        sys.exit(__doc__)
