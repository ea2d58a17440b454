"""The parameters a pipeline may set, their limits, and what LightGBM gets to see of them."""

from dataclasses import dataclass
from typing import Any

from problems import Refused


@dataclass(frozen=True)
class Limit:
    """What one parameter may be: `minimum` and `maximum` are both allowed values."""

    default: int | float
    minimum: int | float
    maximum: int | float
    reason: str = ""

    @property
    def whole(self) -> bool:
        return isinstance(self.default, int)


KNOWN: dict[str, Limit] = {
    "trees": Limit(150, 1, 1000, "float32 sums over more trees leave the 1e-6 that scores are checked to"),
    # A tree of depth 8 has at most 256 leaves; a larger number could never be reached.
    "leaves": Limit(63, 2, 256),
    "maxDepth": Limit(8, 1, 8, "the tree kernel that scores millions of rows pads trees to their depth"),
    "learningRate": Limit(0.1, 1e-4, 1.0),
    "minRowsPerLeaf": Limit(100, 1, 1_000_000),
    "l2": Limit(0.0, 0.0, 1e6),
    "featureFraction": Limit(1.0, 0.01, 1.0),
    # 0 trains every tree; otherwise training ends after this many trees without a better validation loss.
    "earlyStoppingRounds": Limit(0, 0, 1000),
}


def read_parameters(given: dict[str, Any]) -> dict[str, int | float]:
    """Fills in defaults; refuses unknown names and values outside their limits, all in one message."""
    problems = _unknown_names(given) + [
        problem for name, limit in KNOWN.items() if name in given and (problem := _outside(name, given[name], limit))
    ]
    if problems:
        raise Refused(problems)
    return {name: given.get(name, limit.default) for name, limit in KNOWN.items()}


def _unknown_names(given: dict[str, Any]) -> list[str]:
    known = ", ".join(KNOWN)
    return [f"params.{name}: unknown parameter; known are {known}" for name in sorted(set(given) - set(KNOWN))]


def _outside(name: str, value: Any, limit: Limit) -> str | None:
    kinds = (int,) if limit.whole else (int, float)
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if is_number and limit.minimum <= value <= limit.maximum:
        return None
    noun = "a whole number" if limit.whole else "a number"
    because = f" ({limit.reason})" if limit.reason else ""
    return (
        f"params.{name}: found {value!r}, expected {noun} from {limit.minimum:g} to {limit.maximum:g}{because}; "
        f"for example {limit.default:g}"
    )


def lightgbm_parameters(params: dict[str, int | float], kind: str, seed: int) -> dict[str, Any]:
    """One thread, a fixed histogram layout and one seed: the same rows give the same bytes on every run."""
    return {
        "objective": "binary" if kind == "binary" else "regression",
        "metric": "binary_logloss" if kind == "binary" else "rmse",
        "num_leaves": params["leaves"],
        "max_depth": params["maxDepth"],
        "learning_rate": params["learningRate"],
        "min_data_in_leaf": params["minRowsPerLeaf"],
        "lambda_l2": params["l2"],
        "feature_fraction": params["featureFraction"],
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
