"""Predicts validation rows with a plain LightGBM model trained here by LightGBM's own API, untouched by the trainer's
modules, and with the trainer's ONNX file; prints the largest difference: `native_parity.py REQUEST MODEL`."""

import json
import sys

import lightgbm as lgb
import numpy as np
import onnxruntime as ort
import pandas as pd

request = json.load(open(sys.argv[1], encoding="utf-8"))
binary = request["kind"] == "binary"


def read(name):
    frame = pd.concat(pd.read_parquet(path) for path in request[name])
    return frame[request["features"]].to_numpy(np.float32), frame[request["label"]].astype(float).to_numpy()


settings = {
    "objective": "binary" if binary else "regression", "num_leaves": 31, "max_depth": 6, "learning_rate": 0.2,
    "min_data_in_leaf": 20, "seed": request["seed"], "deterministic": True, "force_row_wise": True, "num_threads": 1,
    "verbosity": -1,
}  # fmt: skip
booster = lgb.train(settings, lgb.Dataset(*read("trainParquet")), num_boost_round=40)
reloaded = lgb.Booster(model_str=booster.model_to_string())
rows, labels = read("validationParquet")
missing = rows.copy()
missing[::3] = np.nan
rows = np.vstack([rows, missing, -rows])
session = ort.InferenceSession(sys.argv[2], providers=["CPUExecutionProvider"])
scores = session.run(None, {session.get_inputs()[0].name: rows})[0]
expected = reloaded.predict(rows, num_threads=1)
from sklearn.metrics import mean_squared_error, roc_auc_score  # noqa: E402

seen = expected[: len(labels)]
print(json.dumps({
    "maxDifference": float(np.abs(scores - expected).max()),
    "scale": float(np.abs(expected).max()),
    "shape": list(scores.shape),
    "rows": len(rows),
    "spread": float(expected.max() - expected.min()),
    "auc": float(roc_auc_score(labels, seen)) if binary else None,
    "rmse": float(mean_squared_error(labels, seen) ** 0.5),
}))  # fmt: skip
