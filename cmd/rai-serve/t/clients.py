"""clients.py URL: asks a rai-serve of 0910-clients.t through clients that others wrote; prints "ok name",
"skip name" or "fail name" for each thing that it looked at."""
import asyncio
import importlib.util
import json
import logging
import sys
import tempfile
import warnings

import requests

URL = sys.argv[1]
ROWS = [
    {"Rooms": 3, "Type": "h", "Date": "2017-03-04", "Distance": 5.5, "Suburb": "Nowhere", "Landsize": 450},
    {"Rooms": 2, "Type": "u", "Date": "2016-05-07", "Distance": None, "Suburb": "Elsewhere", "Landsize": 0},
]
ANSWERS = requests.post(URL + "/predict", json=ROWS, timeout=10).json()
WANT = [a["prediction"] for a in ANSWERS]
NAMES = [i["name"] for i in requests.get(URL + "/v2/models/house-price", timeout=10).json()["inputs"]]


def look(name, good):
    print("ok" if good else "fail", name, flush=True)


def try_requests():
    r = requests.post(URL + "/predict", data=ROWS[0], timeout=10)
    look("requests: a form", r.json()["prediction"] == WANT[0])
    r = requests.post(URL + "/predict", json=ROWS * 100, timeout=10)
    look("requests: it asks for gzip and gets it", r.headers["Content-Encoding"] == "gzip")
    look("requests: and reads it", [a["prediction"] for a in r.json()] == WANT * 100)


def try_triton():
    import numpy
    from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
    from tritonclient.utils import InferenceServerException

    client = InferenceServerClient(URL.split("//")[1])
    look("tritonclient: live", client.is_server_live())
    look("tritonclient: ready", client.is_server_ready())
    look("tritonclient: the model is ready", client.is_model_ready("house-price"))
    look("tritonclient: its version, too", client.is_model_ready("house-price", "v7"))
    look("tritonclient: another one is not", not client.is_model_ready("house-price", "v8"))
    look("tritonclient: the server", client.get_server_metadata()["name"] == "rai-serve")
    meta = client.get_model_metadata("house-price")
    look("tritonclient: the model", meta["platform"] == "rai_safetensors" and meta["versions"] == ["v7"])

    def tensors(binary):
        for i in meta["inputs"]:
            kind = numpy.float64 if i["datatype"] == "FP64" else numpy.object_
            data = numpy.array([[ROWS[0][i["name"]]], [ROWS[1][i["name"]] or 0]], dtype=kind)
            tensor = InferInput(i["name"], data.shape, i["datatype"])
            tensor.set_data_from_numpy(data, binary_data=binary)
            yield tensor

    second = requests.post(URL + "/predict", json=dict(ROWS[1], Distance=0), timeout=10).json()
    want = [WANT[0], second["prediction"]]
    for how in ({}, {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"}):
        result = client.infer(
            "house-price", list(tensors(False)), request_id="r-1",
            outputs=[InferRequestedOutput(n, binary_data=False) for n in ("Price", "prediction_id")], **how)
        look("tritonclient: infer %s" % " ".join(how), result.as_numpy("Price").flatten().tolist() == want)
        look("tritonclient: ids %s" % " ".join(how), result.as_numpy("prediction_id").shape == (2, 1))
        look("tritonclient: the request's id %s" % " ".join(how), result.get_response()["id"] == "r-1")
        result = client.infer("house-price", list(tensors(True)), **how)
        look("tritonclient: binary tensors %s" % " ".join(how), result.as_numpy("Price").flatten().tolist() == want)
        ids = result.as_numpy("prediction_id").flatten().tolist()
        look("tritonclient: binary ids %s" % " ".join(how), [len(i) for i in ids] == [26, 26])
        result = client.infer(
            "house-price", list(tensors(True)), **how,
            outputs=[InferRequestedOutput("prediction_id", binary_data=True), InferRequestedOutput("Price", binary_data=False)])
        look("tritonclient: some of each %s" % " ".join(how), result.as_numpy("Price").flatten().tolist() == want)
        look("tritonclient: each by its way %s" % " ".join(how), len(result.as_numpy("prediction_id")[1][0]) == 26)
    mixed = list(tensors(True))
    for i, kind in enumerate(meta["inputs"]):
        if kind["name"] == "Rooms":
            for name, dtype in (("INT64", "int64"), ("INT32", "int32"), ("FP32", "float32"), ("FP16", "float16"), ("UINT8", "uint8")):
                data = numpy.array([[3], [2]], dtype=dtype)
                mixed[i] = InferInput("Rooms", data.shape, name)
                mixed[i].set_data_from_numpy(data)
                result = client.infer("house-price", mixed)
                look("tritonclient: " + name, result.as_numpy("Price").flatten().tolist() == want)
    at = NAMES.index("Rooms")
    mixed[at] = InferInput("Rooms", [2, 1], "BOOL")
    mixed[at].set_data_from_numpy(numpy.array([[True], [False]]))
    try:
        client.infer("house-price", mixed)
        look("tritonclient: a wrong tensor is refused", False)
    except InferenceServerException as e:
        look("tritonclient: a wrong tensor is refused, with a reason", "BOOL is for a category" in e.message())


def try_kserve():
    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    async def ask():
        v1 = InferenceRESTClient(RESTConfig(protocol="v1"))
        r = await v1.infer(URL, {"instances": [[row[n] for n in NAMES] for row in ROWS]}, model_name="house-price")
        look("kserve v1: predict", r["predictions"] == WANT)
        look("kserve v1: ready", await v1.is_model_ready(URL, "house-price"))
        v2 = InferenceRESTClient(RESTConfig(protocol="v2"))
        look("kserve v2: live", await v2.is_server_live(URL))
        look("kserve v2: ready", await v2.is_server_ready(URL))
        look("kserve v2: the model is ready", await v2.is_model_ready(URL, "house-price"))
        inputs = [
            InferInput(n, [1, 1], "FP64" if isinstance(ROWS[0][n], (int, float)) else "BYTES", data=[ROWS[0][n]])
            for n in NAMES]
        r = await v2.infer(URL, InferRequest(model_name="house-price", infer_inputs=inputs, request_id="r-2"),
                           model_name="house-price")
        look("kserve v2: infer", r.outputs[0].data == WANT[:1] and r.id == "r-2")
        look("kserve v2: the digest", r.parameters["digest"] == ANSWERS[0]["digest"])

        r = await v1.explain(URL, "house-price", {"instances": ROWS})
        look("kserve v1: explain", r["predictions"] == WANT)
        look("kserve v1: its parts add up", all(
            abs(e["base"] + sum(e["contributions"].values()) - want) < 1e-9 * want
            for e, want in zip(r["explanations"], WANT)))
        r = await v1.infer(URL, {"inputs": [[row[n] for n in NAMES] for row in ROWS]}, model_name="house-price")
        look("kserve v1: inputs, as its server takes them", r["predictions"] == WANT)
        for name, call in (
            ("v1", lambda: v1.infer(URL, {"instances": [{"Romos": 1}]}, model_name="house-price")),
            ("v1 explain", lambda: v1.explain(URL, "house-price", {"instances": [{"Romos": 1}]})),
            ("v2", lambda: v2.infer(URL, InferRequest(model_name="house-price", infer_inputs=inputs[:1]), model_name="house-price")),
            ("v1, another model", lambda: v1.infer(URL, {"instances": ROWS}, model_name="nothing")),
        ):
            try:
                await call()
                look("kserve %s: an error" % name, False)
            except Exception as e:
                code = 404 if "another" in name else 400
                said = json.loads(e.response.text)["error"]
                look("kserve %s: an error" % name, e.response.status_code == code and len(said) > 20)

    asyncio.run(ask())


def try_mlflow_server():
    """The same bodies for MLflow's own scoring server, in this process: what it takes we take, what it refuses we
    refuse with its status and error_code.  Lists without rows, which it refuses, are fine here."""
    import mlflow
    import numpy
    from fastapi.testclient import TestClient
    from mlflow.models import ModelSignature
    from mlflow.pyfunc import scoring_server
    from mlflow.types import ColSpec, Schema

    class Model(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return numpy.asarray(model_input["Rooms"].fillna(0) * 100.0)

    row = dict(ROWS[0], Rooms=3.0, Landsize=450.0)
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        columns = [ColSpec("string" if isinstance(row[n], str) else "double", n) for n in NAMES]
        signature = ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec("double")]))
        mlflow.pyfunc.save_model(folder + "/m", python_model=Model(), signature=signature, pip_requirements=[])
        theirs = TestClient(scoring_server.init(mlflow.pyfunc.load_model(folder + "/m")))
    values = [row[n] for n in NAMES]
    head, line = ",".join(NAMES) + "\n", ",".join(map(str, values)) + "\n"
    number, rows = NAMES.index("Rooms"), {"dataframe_records": [row]}
    wrong = values[:number] + ["x"] + values[number + 1:]
    json_type, csv = "application/json", "text/csv"
    cases = [
        ("split", json_type, {"dataframe_split": {"columns": NAMES, "index": [0, 1], "data": [values, values]}}),
        ("split, no rows", json_type, {"dataframe_split": {"columns": NAMES, "data": []}}),
        ("split, more columns", json_type, {"dataframe_split": {"columns": NAMES + ["X"], "data": [values + [1]]}}),
        ("split, no data", json_type, {"dataframe_split": {"columns": NAMES}}),
        ("split, short row", json_type, {"dataframe_split": {"columns": NAMES, "data": [values[:3]]}}),
        ("split, a list", json_type, {"dataframe_split": [1]}),
        ("split, a column missing", json_type, {"dataframe_split": {"columns": NAMES[:5], "data": [values[:5]]}}),
        ("split, no number", json_type, {"dataframe_split": {"columns": NAMES, "data": [wrong]}}),
        ("records", json_type, rows),
        ("records, more members", json_type, {"dataframe_records": [dict(row, X=1)]}),
        ("records, members missing", json_type, {"dataframe_records": [row, {"Rooms": 1.0}]}),
        ("records, an object", json_type, {"dataframe_records": row}),
        ("records, numbers", json_type, {"dataframe_records": [1, 2]}),
        ("records, NaN", json_type, {"dataframe_records": [dict(row, Rooms=float("nan"))]}),
        ("instances", json_type, {"instances": [row]}),
        ("instances, a number", json_type, {"instances": 3}),
        ("inputs, columns", json_type, {"inputs": {n: [row[n], row[n]] for n in NAMES}}),
        ("inputs, one row", json_type, {"inputs": row}),
        ("inputs, rows", json_type, {"inputs": [row, row]}),
        ("inputs, two lengths", json_type, {"inputs": {n: [row[n]] * (1 + (n == "Rooms")) for n in NAMES}}),
        ("params", json_type, dict(rows, params={"a": 1})), ("another member", json_type, dict(rows, other=1)),
        ("two forms", json_type, dict(rows, inputs=[row])), ("no form", json_type, {}), ("a list", json_type, []),
        ("a text", json_type, "x"), ("null", json_type, None), ("not whole", json_type, b"{"), ("empty", json_type, b""),
        ("text behind", json_type, json.dumps(rows).encode() + b"x"), ("no UTF-8", json_type, b'{"inputs":["\xff"]}'),
        ("charset", json_type + "; charset=UTF-8", rows), ("another charset", json_type + "; charset=latin1", rows),
        ("a parameter", json_type + "; format=pandas-split", rows), ("text", "text/plain", rows),
        ("a form", "application/x-www-form-urlencoded", b"Rooms=3"),
        ("CSV", csv, (head + line).encode()), ("CSV, charset", csv + "; charset=utf-8", (head + line).encode()),
        ("CSV, no rows", csv, head.encode()), ("CSV, empty", csv, b""),
        ("CSV, more columns", csv, (head.strip() + ",X\n" + line.strip() + ",1\n").encode()),
        ("CSV, columns missing", csv, b"Rooms,Type\n3,h\n"),
        ("CSV, no number", csv, (head + ",".join(map(str, wrong)) + "\n").encode()),
        ("CSV, long row", csv, (head + line.strip() + ",1,1\n").encode()),
        ("CSV, no UTF-8", csv, (head + line.replace("Nowhere", "\xff")).encode("latin1")),
    ]

    def shape(r):
        if not r.headers["content-type"].startswith("application/json"):
            return r.status_code, r.headers["content-type"].split(";")[0]
        d = r.json()
        return r.status_code, d.get("error_code", "message" in d), len(d.get("predictions", []))

    for name, kind, body in cases:
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        want = shape(theirs.post("/invocations", content=body, headers={"Content-Type": kind}))
        got = shape(requests.post(URL + "/invocations", data=body, headers={"Content-Type": kind}, timeout=10))
        look("mlflow's server and ours: %s" % name + ("" if got == want else " (%s, not %s)" % (got, want)), got == want)
    for path in ("/ping", "/health"):
        want, got = theirs.get(path), requests.get(URL + path, timeout=10)
        look("mlflow's server and ours: " + path, (want.status_code, want.headers["content-type"], want.text) == (
            got.status_code, got.headers["content-type"], got.text))


def try_mlflow():
    import numpy
    import pandas
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient

    client = ScoringServerClient(*URL.split("//")[1].split(":"))
    client.wait_server_ready(timeout=5)
    look("mlflow: ping", True)
    look("mlflow: version", "v7" in client.get_version())
    frame = pandas.DataFrame(ROWS)
    frame["Address"] = "1 Some St"
    r = client.invoke(frame)
    look("mlflow: a data frame", r.get_predictions()[0].tolist() == WANT)
    tensor = numpy.array([[row[n] for n in NAMES] for row in ROWS], dtype=object)
    r = client.invoke(tensor, params={"temperature": 0.5})
    look("mlflow: an array", r["predictions"] == WANT)
    r = requests.post(
        URL + "/invocations", data=frame.to_csv(index=False), headers={"Content-Type": "text/csv"}, timeout=10)
    look("pandas: CSV", r.json()["predictions"] == WANT)


def try_openapi():
    from openapi_schema_validator import OAS30Validator
    from openapi_spec_validator import validate

    doc = requests.get(URL + "/openapi.json", timeout=10).json()
    validate(doc)
    look("openapi_spec_validator: /openapi.json is valid", True)

    def wrong(part, value):
        schema = {"allOf": [part["content"]["application/json"]["schema"]], "components": doc["components"]}
        return [e.message for e in OAS30Validator(schema).iter_errors(value)]

    def follow(method, pattern, body=None):
        operation = doc["paths"][pattern][method]
        bad = wrong(operation["requestBody"], body) if body is not None else []
        r = requests.request(
            method, URL + pattern.replace("{model}", "house-price").replace("{version}", "v7"), json=body, timeout=10)
        reply = operation["responses"].get(str(r.status_code), operation["responses"]["default"])
        bad += wrong(reply, r.json())
        look("openapi_schema_validator: %s, %d %s" % (pattern, r.status_code, bad or ""), not bad)

    for pattern, path in doc["paths"].items():
        types = path.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "$ref" in types.get("application/json", {}).get("schema", {}):
            follow("get", pattern)
    frame = {"columns": NAMES, "data": [[row[n] for n in NAMES] for row in ROWS]}
    follow("post", "/predict", ROWS[0])
    follow("post", "/predict", ROWS)
    follow("post", "/models/{model}/predict", {"Rooms": None})
    follow("post", "/feedback", [{"id": ANSWERS[0]["id"], "actual": 1}, {"id": ANSWERS[0]["id"], "actual": 1}])
    follow("post", "/feedback", {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "actual": 1})
    follow("post", "/invocations", {"dataframe_records": [dict(row, Address="1 Some St") for row in ROWS]})
    follow("post", "/invocations", {"dataframe_split": frame, "params": {}})
    follow("post", "/invocations", {"inputs": []})
    follow("post", "/v1/models/{model}:predict", {"instances": ROWS})
    follow("post", "/v1/models/{model}:predict", {"inputs": {n: [row[n] for row in ROWS] for n in NAMES}})
    follow("post", "/v1/models/{model}:explain", {"instances": ROWS, "baseline": ROWS[1]})
    follow("post", "/v2/models/{model}/infer", {"id": "a", "inputs": [
        {"name": n, "shape": [1], "datatype": "FP64" if n in ("Rooms", "Distance", "Landsize") else "BYTES",
         "data": [ROWS[0][n]]} for n in NAMES]})
    follow("post", "/v2/models/{model}/versions/{version}/infer", {"inputs": []})


try_requests()
for module, ask in (
    ("tritonclient", try_triton), ("kserve", try_kserve), ("mlflow", try_mlflow), ("fastapi", try_mlflow_server),
    ("openapi_spec_validator", try_openapi)):
    if importlib.util.find_spec(module) is None:
        print("skip", module, "is not installed")
    else:
        ask()
