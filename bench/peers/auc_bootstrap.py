"""Replicates of the difference of two AUCs as people write them: draw whole days, concatenate, ask scikit-learn twice.

Reads `days` and `rows` and the columns of a folder, and prints the seconds of one replicate, the estimate and the spread.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

folder, replicates, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
label = np.fromfile(folder / "labels.bin", dtype=np.uint8)
day = np.fromfile(folder / "blocks.bin", dtype=np.uint16)
champion = np.fromfile(folder / "champion.bin", dtype=np.float32)
challenger = np.fromfile(folder / "challenger.bin", dtype=np.float32)
days = [np.flatnonzero(day == one) for one in np.unique(day)]


def difference(rows):
    truth = label[rows]
    return roc_auc_score(truth, challenger[rows]) - roc_auc_score(truth, champion[rows])


estimate = difference(slice(None))
random = np.random.default_rng(seed)
found = []
started = time.perf_counter()
for _ in range(replicates):
    drawn = random.integers(0, len(days), len(days))
    found.append(difference(np.concatenate([days[one] for one in drawn])))
seconds = (time.perf_counter() - started) / replicates
print(json.dumps({"secondsPerReplicate": seconds, "estimate": estimate, "spread": float(np.std(found, ddof=1))}))
