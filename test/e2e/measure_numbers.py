"""Scores stored rows with stored models and prints what scikit-learn and NumPy say about them, as JSON.

The argument is JSON: the snapshot folders in the order of the folds, and the folder and threshold of each side's model.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

DECILES = 10
LAST_BITS = 1e-6


def predict(folder, rows):
    """A category's code is its place in the dictionary; what the dictionary does not know comes after the last."""
    dictionary = json.loads((Path(folder) / "dictionary.json").read_text())
    features = json.loads((Path(folder) / "features.json").read_text())["features"]
    columns = [
        rows[name].map({value: code for code, value in enumerate(dictionary[name])}).fillna(len(dictionary[name]))
        if kind == "categorical"
        else rows[name]
        for name, kind in ((feature["name"], feature["kind"]) for feature in features)
    ]
    session = onnxruntime.InferenceSession(str(Path(folder) / "model.onnx"))
    inputs = np.column_stack(columns).astype(np.float32)
    return np.ravel(session.run(None, {session.get_inputs()[0].name: inputs})[0])


def measure(label, score):
    score = score.astype(np.float64)
    return {
        "mae": mean_absolute_error(label, score),
        "rmse": root_mean_squared_error(label, score),
        "r2": r2_score(label, score),
        "bias": float(np.mean(score - label)),
        "wape": float(np.abs(score - label).sum() / np.abs(label).sum()),
    }


def deciles(label, score):
    """Rows that tie share the group of their middle rank."""
    middle = (pd.Series(score).rank(method="average") - 0.5) / len(score)
    group = np.minimum(DECILES - 1, np.floor(middle.to_numpy() * DECILES)).astype(int)
    table = pd.DataFrame({"group": group, "score": score.astype(np.float64), "label": label}).groupby("group")
    return [
        {"rows": len(part), "meanScore": part["score"].mean(), "meanLabel": part["label"].mean()} for _, part in table
    ]


def main(request):
    folds = [
        pd.concat(pd.read_parquet(part) for part in sorted(Path(folder).glob("part-*.parquet")))
        for folder in request["snapshots"]
    ]
    rows = pd.concat([fold.assign(fold=index) for index, fold in enumerate(folds)], ignore_index=True)
    rows = rows[rows["label"].notna()]
    label = rows["label"].to_numpy(dtype=np.float64)
    scores = {side: predict(request[side]["folder"], rows) for side in ("champion", "challenger")}
    baseline = (10 + 3 * rows["distance"].to_numpy(dtype=np.float64)).astype(np.float32)

    def both(chosen):
        return {side: measure(label[chosen], score[chosen]) for side, score in scores.items()}

    # Thresholds are scores of the trees; the order in which trees are added up shows in the last bits.
    decided = {
        side: scores[side].astype(np.float64) >= request[side]["threshold"] * (1 - LAST_BITS) for side in scores
    }
    print(
        json.dumps(
            {
                "rows": len(rows),
                **both(np.full(len(rows), True)),
                "baseline": measure(label, baseline),
                "folds": [both((rows["fold"] == index).to_numpy()) for index in range(len(folds))],
                "slices": {
                    value: both((rows["vehicle"] == value).to_numpy()) for value in sorted(rows["vehicle"].unique())
                },
                "flips": {
                    "championPositives": int(decided["champion"].sum()),
                    "challengerPositives": int(decided["challenger"].sum()),
                    "toPositive": int((~decided["champion"] & decided["challenger"]).sum()),
                    "toNegative": int((decided["champion"] & ~decided["challenger"]).sum()),
                },
                "deciles": {side: deciles(label, score) for side, score in scores.items()},
            }
        )
    )


main(json.loads(sys.argv[1]))
