"""Proves, before success is reported, that the ONNX file predicts what LightGBM predicts."""

import lightgbm as lgb
import numpy as np
import onnxruntime as ort

# What scores are checked to everywhere; 1000 trees of a probability model were seen to stay below 8e-7.
TOLERANCE = 1e-6
# A running float32 sum may lose half a unit in the last place with every tree, relative to the largest value.
LOSS_PER_TREE = 2.0**-24
CHUNK_ROWS = 65_536


def onnx_scores(model: bytes, features: np.ndarray) -> np.ndarray:
    """Scores on one thread, which gives the same bits as Gauntlet's own scorer."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    chunks = [features[start : start + CHUNK_ROWS] for start in range(0, len(features), CHUNK_ROWS)]
    return np.concatenate([session.run(["score"], {"input": np.ascontiguousarray(chunk)})[0] for chunk in chunks])


def check_parity(booster: lgb.Booster, model: bytes, features: np.ndarray, kind: str) -> tuple[np.ndarray, float]:
    """Returns the ONNX scores and their largest difference from LightGBM's; fails when it is beyond the tolerance.

    A last row in which every feature is missing is compared as well, whatever the data holds.
    """
    rows = np.vstack([features, np.full((1, features.shape[1]), np.nan, np.float32)])
    scores = onnx_scores(model, rows)
    expected = booster.predict(rows, num_threads=1)
    if scores.shape != expected.shape or not np.isfinite(scores).all():
        raise RuntimeError(f"parity: ONNX gave shape {scores.shape} or scores that are not finite")
    tolerance = TOLERANCE if kind == "binary" else _value_tolerance(booster, expected)
    differences = np.abs(scores - expected)
    worst = int(differences.argmax())
    if differences[worst] > tolerance:
        raise RuntimeError(
            f"parity: row {worst} scores {scores[worst]} in ONNX and {expected[worst]} in LightGBM; "
            f"expected a difference of at most {tolerance}"
        )
    return scores[:-1], float(differences.max())


def _value_tolerance(booster: lgb.Booster, expected: np.ndarray) -> float:
    scale = max(1.0, float(np.abs(expected).max()))
    return scale * max(TOLERANCE, booster.num_trees() * LOSS_PER_TREE)
