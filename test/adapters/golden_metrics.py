"""Prints as JSON what scikit-learn and SciPy say about the folds given as Parquet files: an independent calculation."""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
from scipy.stats import rankdata
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

CLIP = 1e-7
BINS = 15


def metrics(label, score):
    score = score.astype(np.float64)
    return {
        "auc": roc_auc_score(label, score),
        "logLoss": log_loss(label, np.clip(score, CLIP, 1 - CLIP)),
        "brier": brier_score_loss(label, score),
        "ece": equal_mass_ece(label, score),
    }


def equal_mass_ece(label, score):
    middle_rank = rankdata(score, method="average") - 0.5
    bins = np.minimum(BINS - 1, np.floor(middle_rank / len(score) * BINS)).astype(int)
    gaps = [abs(label[bins == b].sum() - score[bins == b].sum()) for b in range(BINS)]
    return sum(gaps) / len(score)


def sklearn_ece(label, score):
    """Only for scores without ties and a number of rows that 15 divides, where all bins hold the same number."""
    observed, predicted = calibration_curve(label, score.astype(np.float64), n_bins=BINS, strategy="quantile")
    return float(np.abs(observed - predicted).mean())


def read(path):
    table = pq.read_table(path)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


folds = [read(path) for path in sys.argv[1:]]
pooled = {name: np.concatenate([fold[name] for fold in folds]) for name in folds[0]}
origins = sorted(set(pooled["origin"]))


def both(rows):
    return {side: metrics(rows["label"], rows[side]) for side in ("champion", "challenger")}


def of_origin(origin):
    return {name: values[pooled["origin"] == origin] for name, values in pooled.items()}


print(
    json.dumps(
        {
            "pooled": both(pooled),
            "folds": [both(fold) for fold in folds],
            "slices": {origin: both(of_origin(origin)) for origin in origins},
            "championEceBySklearn": sklearn_ece(pooled["label"], pooled["champion"]),
        }
    )
)
