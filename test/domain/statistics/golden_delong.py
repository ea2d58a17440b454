"""Prints DeLong's paired difference of two AUCs by all pairs, and the AUCs by scikit-learn: an independent calculation."""

import json
import sys

import numpy as np
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

case = json.load(sys.stdin)
label = np.array(case["labels"])
sides = [np.array(case[side], dtype=np.float32) for side in ("champion", "challenger")]
ones, zeros = label == 1, label == 0


def components(score):
    kernel = np.heaviside(score[ones][:, None].astype(float) - score[zeros][None, :], 0.5)
    return kernel.mean(axis=1), kernel.mean(axis=0)


(v10_a, v01_a), (v10_b, v01_b) = map(components, sides)
covariance = np.cov([v10_a, v10_b]) / ones.sum() + np.cov([v01_a, v01_b]) / zeros.sum()
se = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
estimate = roc_auc_score(label, sides[1]) - roc_auc_score(label, sides[0])
half = norm.ppf((1 + case["level"]) / 2) * se
print(json.dumps({"estimate": estimate, "se": se, "lower": estimate - half, "upper": estimate + half}))
