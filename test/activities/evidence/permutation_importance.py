"""Prints what scikit-learn's permutation_importance says of a logistic model, given the permutations of a stacked file.

Arguments: stacked Parquet, repeats, weights and bias of the model as JSON, metric. Rows count by the weight in the file.
"""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss, roc_auc_score

path, repeats, model, metric = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4]
table = pq.read_table(path).to_pandas().sort_values(["gauntlet:variant", "gauntlet:place"])
features = model["features"]
variants = [rows for _, rows in table.groupby("gauntlet:variant")]
inputs = variants[0][features].to_numpy(dtype=np.float64)
labels = variants[0]["label"].to_numpy()
weights = variants[0]["gauntlet:weight"].to_numpy()

# The first feature has no value twice, so its shuffled column tells the permutation.
place_of = {value: place for place, value in enumerate(inputs[:, 0])}
permutations = [
    np.array([place_of[value] for value in variants[1 + repeat][features[0]].to_numpy(dtype=np.float64)])
    for repeat in range(repeats)
]
for index, feature in enumerate(features):
    for repeat in range(repeats):
        found = variants[1 + index * repeats + repeat][features].to_numpy(dtype=np.float64)
        expected = inputs.copy()
        expected[:, index] = inputs[permutations[repeat], index]
        assert np.array_equal(found, expected), f"variant of {feature}, repeat {repeat}"


class Given(np.random.RandomState):
    """Shuffles as it is told: scikit-learn shuffles again what it has shuffled before, so each step undoes the last."""

    def __init__(self):
        super().__init__(0)
        self.calls = 0

    def randint(self, *args, **kwargs):
        return self

    def shuffle(self, indexes):
        repeat = self.calls % repeats
        self.calls += 1
        before = np.arange(len(indexes)) if repeat == 0 else permutations[repeat - 1]
        inverse = np.argsort(before)
        indexes[:] = inverse[permutations[repeat]]


class Logistic:
    def fit(self, x, y):
        return self

    def scores(self, x):
        return 1 / (1 + np.exp(-(x @ np.array(model["weights"]) + model["bias"])))


def benefit(estimator, x, y, sample_weight):
    scores = estimator.scores(x).astype(np.float32).astype(np.float64)
    if metric == "auc":
        return roc_auc_score(y, scores, sample_weight=sample_weight)
    return -log_loss(y, scores, sample_weight=sample_weight)


result = permutation_importance(
    Logistic(),
    inputs,
    labels,
    scoring=benefit,
    n_repeats=repeats,
    random_state=Given(),
    sample_weight=weights,
)
print(
    json.dumps(
        {
            feature: {"mean": result.importances_mean[index], "sd": result.importances_std[index]}
            for index, feature in enumerate(features)
        }
    )
)
