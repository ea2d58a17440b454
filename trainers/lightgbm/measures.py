"""Metrics of a finished model, from scores and labels."""

import numpy as np


def measure(kind: str, scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """A metric that the rows cannot support, such as AUC with one class, is left out rather than made up."""
    scores = scores.astype(np.float64)
    return _binary(scores, labels) if kind == "binary" else _regression(scores, labels)


def _binary(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    clipped = np.clip(scores, 1e-15, 1 - 1e-15)
    metrics = {
        "logLoss": float(-np.mean(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped))),
        "brier": float(np.mean((scores - labels) ** 2)),
    }
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives and negatives:
        above = _ranks(scores)[labels == 1].sum() - positives * (positives + 1) / 2
        metrics["auc"] = float(above / positives / negatives)
    return metrics


def _regression(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    errors = scores - labels
    metrics = {"rmse": float(np.sqrt(np.mean(errors**2))), "mae": float(np.mean(np.abs(errors)))}
    spread = float(np.sum((labels - labels.mean()) ** 2))
    if spread > 0:
        metrics["r2"] = 1 - float(np.sum(errors**2)) / spread
    return metrics


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
