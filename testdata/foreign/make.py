#!/usr/bin/env python3
"""Makes the models and predictions beside this file with the real libraries (pip: xgboost 3.x,
lightgbm 4.x, numpy), for cmd/rai-train/t/0320-foreign.t: testdata/foreign/make.py [folder]
old-xgboost-* were made by the same script with XGBoost 1.7."""
import os
import sys

import lightgbm as lgb
import numpy as np
import xgboost as xgb

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20)
names = ["area", "rooms", "age", "zone"]


def rows(n):
    x = np.column_stack([np.round(rng.uniform(30, 250, n), 2), rng.integers(1, 7, n), np.round(rng.exponential(30, n), 1), rng.integers(0, 9, n)])
    x[rng.random(n) < 0.15, 2] = np.nan
    x[rng.random(n) < 0.10, 0] = 0
    return x


def write(name, values):
    values = np.asarray(values, dtype=float)
    np.savetxt(os.path.join(folder, name + ".predictions"), values.reshape(len(values), -1), fmt="%.17g", delimiter=",")


train, ask = rows(500), rows(40)
ask[0] = np.nan  # nothing known
ask[1, 3] = 99  # a zone never seen
ask[2, 3] = -1
price = 1000 * train[:, 0] + 20000 * train[:, 1] - 500 * np.nan_to_num(train[:, 2], nan=80) + 30000 * (train[:, 3] % 3)
price = np.maximum(price + rng.normal(0, 2e4, len(price)), 1000)
kind = (price > np.median(price)).astype(int)
third = np.digitize(price, np.quantile(price, [0.33, 0.66]))
count = rng.poisson(1 + train[:, 1])
np.savetxt(os.path.join(folder, "rows.csv"), ask, fmt="%.17g", delimiter=",", header=",".join(names), comments="")


def xgboost(name, y, categories=False, rounds=6, **params):
    kinds = ["q", "q", "q", "c" if categories else "q"]
    d = xgb.DMatrix(train, y, feature_names=names, feature_types=kinds, enable_categorical=categories)
    m = xgb.train(dict(max_depth=3, eta=0.4, seed=1, nthread=1, **params), d, rounds)
    m.save_model(os.path.join(folder, name + ".json"))
    write(name, m.predict(xgb.DMatrix(ask, feature_names=names, feature_types=kinds, enable_categorical=categories)))


xgboost("xgboost-regression", price, objective="reg:squarederror")
xgboost("xgboost-absolute", price, objective="reg:absoluteerror")
xgboost("xgboost-poisson", count, objective="count:poisson")
xgboost("xgboost-binary", kind, objective="binary:logistic")
xgboost("xgboost-multiclass", third, objective="multi:softprob", num_class=3)
xgboost("xgboost-categorical", price, categories=True, objective="reg:squarederror", max_cat_to_onehot=1)
xgboost("xgboost-forest", price, rounds=2, objective="reg:squarederror", num_parallel_tree=3, subsample=0.7)


def lightgbm(name, y, rounds=6, categorical=(), **params):
    base = dict(num_leaves=7, min_data_in_leaf=10, learning_rate=0.4, seed=1, num_threads=1, deterministic=True, verbose=-1)
    d = lgb.Dataset(train, y, feature_name=names, categorical_feature=list(categorical), params={"verbose": -1})
    m = lgb.train({**base, **params}, d, rounds)
    m.save_model(os.path.join(folder, name + ".txt"))
    write(name, m.predict(ask))


lightgbm("lightgbm-regression", price, objective="regression")
lightgbm("lightgbm-categorical", price, categorical=["zone"], objective="regression", min_data_per_group=10)
lightgbm("lightgbm-binary", kind, objective="binary", sigmoid=1.5)
lightgbm("lightgbm-multiclass", third, objective="multiclass", num_class=3)
lightgbm("lightgbm-poisson", count, objective="poisson")
lightgbm("lightgbm-sqrt", price, objective="regression", reg_sqrt=True)
lightgbm("lightgbm-zero", price, objective="regression", zero_as_missing=True)
lightgbm("lightgbm-no-missing", price, objective="regression", use_missing=False)
lightgbm("lightgbm-forest", price, objective="regression", boosting="rf", bagging_freq=1, bagging_fraction=0.7)
