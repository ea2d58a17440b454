"""Prints metrics and standard errors of published rows by scikit-learn and NumPy.

Arguments: label kind, `row` or `day` (what is taken as independent), Parquet of published rows, Parquet of labels.
"""

import json
import sys

import numpy as np
import pandas as pd
from sklearn import metrics

kind, of, published, labelled = sys.argv[1:5]
rows = pd.read_parquet(published).merge(pd.read_parquet(labelled).dropna(subset=["label"]), on="row_key")
rows = rows[rows["weight"] > 0]
w = rows["weight"].to_numpy()
y = rows["label"].to_numpy()
f = rows["score"].to_numpy().astype(np.float64)
days = rows["event_time"].dt.floor("D").to_numpy()


def ratio(above, below):
    """Standard error of a ratio of sums from the covariance matrix of its two parts."""
    parts = pd.DataFrame({"a": above, "b": below})
    if of == "day":
        parts = parts.groupby(days).sum()
    count = len(parts)
    r = parts["a"].sum() / parts["b"].sum()
    cov = np.cov(parts["a"], parts["b"], ddof=1)
    variance = count * (cov[0, 0] - 2 * r * cov[0, 1] + r * r * cov[1, 1])
    # Residuals of a ratio estimator add up to zero, so their mean takes nothing away.
    return float(np.sqrt(variance) / parts["b"].sum())


squares = (f - y) ** 2
if kind == "binary":
    clipped = np.clip(f, 1e-7, 1 - 1e-7)
    losses = -np.where(y == 1, np.log(clipped), np.log(1 - clipped))
    found = {
        "auc": {"value": metrics.roc_auc_score(y, f, sample_weight=w)},
        "logLoss": {"value": metrics.log_loss(y, clipped, sample_weight=w), "se": ratio(w * losses, w)},
        "brier": {"value": metrics.brier_score_loss(y, f, sample_weight=w), "se": ratio(w * squares, w)},
    }
else:
    rmse = metrics.root_mean_squared_error(y, f, sample_weight=w)
    absolute = np.abs(f - y)
    found = {
        "mae": {"value": metrics.mean_absolute_error(y, f, sample_weight=w), "se": ratio(w * absolute, w)},
        "rmse": {"value": rmse, "se": ratio(w * squares, w) / (2 * rmse)},
        "wape": {"value": (w * absolute).sum() / (w * np.abs(y)).sum(), "se": ratio(w * absolute, w * np.abs(y))},
        "r2": {
            "value": metrics.r2_score(y, f, sample_weight=w),
            "se": ratio(w * squares, w * (y - np.average(y, weights=w)) ** 2),
        },
    }
print(json.dumps({metric: {key: float(number) for key, number in of_it.items()} for metric, of_it in found.items()}))
