"""Gauntlet's trainer for gradient-boosted trees: `python train.py request.json`. The contract is in ../README.md."""

import platform
import sys
from importlib.metadata import version
from typing import Any

from parent_watch import end_with_parent
from problems import Refused
from progress import tell
from request import Request, read_request

# Evenly spaced training rows behind the `train.` metrics: enough to see a model that learned its rows by heart.
TRAIN_METRIC_ROWS = 100_000
LIBRARIES = ("lightgbm", "numpy", "onnx", "onnxmltools", "onnxruntime", "pyarrow")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python train.py request.json", file=sys.stderr)
        return 2
    end_with_parent()
    try:
        train(read_request(arguments[0]))
    except Refused as refused:
        for problem in refused.problems:
            print(problem, file=sys.stderr)
        return 2
    return 0


def train(request: Request) -> None:
    """Loads, trains, converts, proves the conversion on the validation rows, and only then writes the results."""
    # These take seconds to import; a bad request is refused before that.
    from boosting import train_trees
    from dataset import load_rows
    from output import write_results

    columns = (request.features, request.label, request.kind)
    tell("load", 0, 2)
    train_rows = load_rows("train", request.train_parquet, *columns)
    tell("load", 1, 2)
    validation_rows = load_rows("validation", request.validation_parquet, *columns)
    tell("load", 2, 2)
    trained = train_trees(request, train_rows, validation_rows)
    tell("convert", 0, 1)

    from measures import measure
    from onnx_model import to_onnx
    from parity import check_parity, onnx_scores

    model = to_onnx(trained.booster, len(request.features), request.kind)
    tell("convert", 1, 1)
    scores, difference = check_parity(trained.booster, model, validation_rows.features, request.kind)
    tell("verify", 1, 1, {"parityMaxDifference": difference})
    some = slice(None, None, -(-len(train_rows.labels) // TRAIN_METRIC_ROWS))
    on_train = measure(request.kind, onnx_scores(model, train_rows.features[some]), train_rows.labels[some])
    report: dict[str, Any] = {
        "metrics": {
            **measure(request.kind, scores, validation_rows.labels),
            **{f"train.{name}": value for name, value in on_train.items()},
            "parityMaxDifference": difference,
        },
        "importance": _importance(trained.booster, request.features),
        "libraryVersions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "rows": {"train": len(train_rows.labels), "validation": len(validation_rows.labels)},
        "bestIteration": trained.best_iteration,
    }
    write_results(request.output_dir, model, report)


def _importance(booster: Any, features: list[str]) -> dict[str, float]:
    """Each feature's share of the total gain; the shares add up to 1."""
    gains = booster.feature_importance("gain")
    return {name: float(gain / gains.sum()) for name, gain in zip(features, gains, strict=True)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
