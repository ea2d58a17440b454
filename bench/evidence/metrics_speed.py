"""Times scikit-learn on the rows of a Parquet file; prints JSON. Arguments: the file, and how often to measure."""

import json
import sys
import time

import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

CLIP = 1e-7

path, passes = sys.argv[1], int(sys.argv[2])
table = pq.read_table(path, columns=["label", "score"])
label = table["label"].to_numpy().astype(np.int64)
score = table["score"].to_numpy()


def measure():
    wrong, right, _ = roc_curve(label, score)
    wide = score.astype(np.float64)
    return {
        "auc": roc_auc_score(label, score),
        "averagePrecision": average_precision_score(label, score),
        "ks": float(np.abs(right - wrong).max()),
        "logLoss": log_loss(label, np.clip(wide, CLIP, 1 - CLIP)),
        "brier": brier_score_loss(label, wide),
    }


seconds = []
for _ in range(passes):
    started = time.perf_counter()
    metrics = measure()
    seconds.append(time.perf_counter() - started)
print(json.dumps({"ms": min(seconds) * 1000, "metrics": metrics}))
