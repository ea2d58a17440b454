"""Prints as JSON what scikit-learn and SciPy say about folds given as Parquet files: an independent calculation.

The first argument is JSON: kind, topShare, value, and each side's threshold (or null); the others are the files.
"""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
from scipy.stats import rankdata
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    roc_curve,
    root_mean_squared_error,
)

CLIP = 1e-7
BINS = 15

settings = json.loads(sys.argv[1])


def binary(label, score, weight, threshold):
    score = score.astype(np.float64)
    clipped = np.clip(score, CLIP, 1 - CLIP)
    wrong, right, _ = roc_curve(label, score, sample_weight=weight, drop_intermediate=False)
    found = {
        "auc": roc_auc_score(label, score, sample_weight=weight),
        "averagePrecision": average_precision_score(label, score, sample_weight=weight),
        "ks": float(np.abs(right - wrong).max()),
        "logLoss": log_loss(label, clipped, sample_weight=weight),
        "brier": brier_score_loss(label, score, sample_weight=weight),
        "ece": equal_mass_ece(label, score, weight),
        **recalibration(label, clipped, weight),
        **top(label, score, weight),
    }
    return found if threshold is None else {**found, **decisions(label, score >= threshold, weight)}


def equal_mass_ece(label, score, weight):
    """Bins by the middle rank; with weights a row's rank is the weight below it and half the weight of its ties."""
    if weight is None:
        middle = (rankdata(score, method="average") - 0.5) / len(score)
        weight = np.ones(len(score))
    else:
        below = np.array([weight[score < value].sum() for value in score])
        tied = np.array([weight[score == value].sum() for value in score])
        middle = (below + tied / 2) / weight.sum()
    bins = np.minimum(BINS - 1, np.floor(middle * BINS)).astype(int)
    gaps = [abs((weight * (label - score))[bins == b].sum()) for b in range(BINS)]
    return sum(gaps) / weight.sum()


def recalibration(label, clipped, weight):
    log_odds = np.log(clipped / (1 - clipped)).reshape(-1, 1)
    fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-14, max_iter=1000)
    fit.fit(log_odds, label, sample_weight=weight)
    return {"calibrationSlope": float(fit.coef_[0][0]), "calibrationIntercept": float(fit.intercept_[0])}


def top(label, score, weight):
    """Mean over every way to cut inside a tie: rows of a tie enter one after another, each in equal parts."""
    weight = np.ones(len(score)) if weight is None else weight
    left = settings["topShare"] * weight.sum()
    found = 0.0
    for value in sorted(set(score), reverse=True):
        tied = score == value
        share = min(1.0, left / weight[tied].sum())
        found += share * (weight * label)[tied].sum()
        left -= share * weight[tied].sum()
        if left <= 0:
            break
    recall = found / (weight * label).sum()
    return {"recallAtTop": recall, "liftAtTop": recall / settings["topShare"]}


def decisions(label, decided, weight):
    decided = decided.astype(int)
    found = {
        "precision": precision_score(label, decided, sample_weight=weight),
        "recall": recall_score(label, decided, sample_weight=weight),
        "f1": f1_score(label, decided, sample_weight=weight),
        "mcc": matthews_corrcoef(label, decided, sample_weight=weight),
    }
    if settings["value"] is None:
        return found
    (tn, fp), (fn, tp) = confusion_matrix(label, decided, sample_weight=weight, normalize="all", labels=[0, 1])
    brings = settings["value"]
    found["value"] = (
        tp * brings["truePositive"]
        + fp * brings["falsePositive"]
        + tn * brings["trueNegative"]
        + fn * brings["falseNegative"]
    )
    return found


def regression(label, score, weight):
    score = score.astype(np.float64)
    return {
        "mae": mean_absolute_error(label, score, sample_weight=weight),
        "rmse": root_mean_squared_error(label, score, sample_weight=weight),
        "r2": r2_score(label, score, sample_weight=weight),
        "bias": float(np.average(score - label, weights=weight)),
        "wape": float(np.average(np.abs(score - label), weights=weight) / np.average(np.abs(label), weights=weight)),
    }


def sklearn_ece(label, score):
    """Only for scores without ties and a number of rows that 15 divides, where all bins hold the same number."""
    observed, predicted = calibration_curve(label, score.astype(np.float64), n_bins=BINS, strategy="quantile")
    return float(np.abs(observed - predicted).mean())


def read(path):
    table = pq.read_table(path)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


folds = [read(path) for path in sys.argv[2:]]
pooled = {name: np.concatenate([fold[name] for fold in folds]) for name in folds[0]}
origins = sorted(set(pooled["origin"]))


def both(rows):
    return {side: metrics(rows, side) for side in ("champion", "challenger")}


def metrics(rows, side):
    if settings["kind"] == "regression":
        return regression(rows["label"], rows[side], rows.get("weight"))
    return binary(rows["label"], rows[side], rows.get("weight"), settings[side])


def of_origin(origin):
    return {name: values[pooled["origin"] == origin] for name, values in pooled.items()}


print(
    json.dumps(
        {
            "pooled": both(pooled),
            "folds": [both(fold) for fold in folds],
            "slices": {origin: both(of_origin(origin)) for origin in origins},
            "championEceBySklearn": None
            if settings["kind"] == "regression"
            else sklearn_ece(pooled["label"], pooled["champion"]),
        }
    )
)
