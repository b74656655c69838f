"""The serving peer of make bench: a Flask application of the founding report's shape.

A scikit-learn decision tree on six features behind /predict, run by gunicorn; the file with the
training rows is named by the environment variable PEER_DATA.
"""
import os
import time

import pandas as pd
from flask import Flask, jsonify, request
from sklearn.tree import DecisionTreeRegressor

FEATURES = ["Rooms", "Type", "Distance", "Bathroom", "Car", "Regionname"]

frame = pd.read_csv(os.environ["PEER_DATA"], encoding="utf-8-sig").dropna(subset=["Price"] + FEATURES)
levels = {name: sorted(frame[name].unique()) for name in ("Type", "Regionname")}
for column, names in levels.items():
    frame[column] = frame[column].map(names.index)
model = DecisionTreeRegressor(random_state=42).fit(frame[FEATURES].to_numpy(), frame["Price"])
app = Flask(__name__)
seen = {"requests": 0, "seconds": 0.0}


@app.post("/predict")
def predict():
    start = time.perf_counter()
    body = request.get_json()
    row = [levels[f].index(body[f]) if f in levels else float(body[f]) for f in FEATURES]
    price = float(model.predict([row])[0])
    seen["requests"] += 1
    seen["seconds"] += time.perf_counter() - start
    return jsonify(prediction=price)
