"""The training peer of make bench: scikit-learn on the same file, features and split rule.

usage: sklearn_peer.py train FILE   -> one JSON object: seconds and R2 of each candidate
       sklearn_peer.py read FILE    -> seconds that pandas needs to read the file, fastest of 5
       sklearn_peer.py report FILE  -> the report's whole training on melbourne.csv: seconds and R2
                                       of each candidate; on the rows that a column is_test names
                                       where the file has one
"""
import json
import sys
import time

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


def train(path):
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression, Ridge
    from sklearn.metrics import r2_score
    from sklearn.model_selection import train_test_split
    from sklearn.tree import DecisionTreeRegressor

    x, y = table(path)
    a, b, ya, yb = train_test_split(x, y, test_size=0.2, random_state=42)
    out = {}
    for name, model in {
        "linear": LinearRegression(),
        "ridge": Ridge(alpha=100),
        "tree": DecisionTreeRegressor(random_state=42),
        "forest": RandomForestRegressor(100, n_jobs=2, random_state=42),
    }.items():
        start = time.perf_counter()
        model.fit(a, ya)
        out[name] = {"seconds": time.perf_counter() - start, "r2": r2_score(yb, model.predict(b))}
    return out


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


if __name__ == "__main__":
    if sys.argv[1] == "report":
        print(json.dumps(report(sys.argv[2])))
    elif sys.argv[1] == "read":
        seconds = []
        for _ in range(6):  # the first one warms the cache
            start = time.perf_counter()
            pd.read_csv(sys.argv[2])
            seconds.append(time.perf_counter() - start)
        print(json.dumps({"seconds": min(seconds[1:])}))
    else:
        print(json.dumps(train(sys.argv[2])))
