"""Makes a LightGBM model mean the same in float32 as in float64, without changing one of its predictions.

LightGBM compares in float64, ONNX Runtime in float32, and a threshold rounded to the *nearest* float32 can land on the
other side of a feature value. A float32 value `x` satisfies `x <= t` exactly when it satisfies `x <= t'`, where `t'` is
the largest float32 that is not above `t`, so rounding every threshold *down* changes no decision.

A split that saw no missing values in training treats a missing value as 0; ONNX has no such rule. It is written instead
as a split that knows where missing values go: left when `0 <= threshold`, else right. Again the same decisions.
"""

import numpy as np

_DEFAULT_LEFT = 2
_MISSING_TYPE = 0b1100
_MISSING_IS_NAN = 0b1000


def make_exact(model_text: str) -> str:
    """Returns the text model with float32 thresholds and explicit ways for missing values."""
    lines: list[str] = []
    thresholds: list[float] = []
    for line in model_text.split("\n"):
        name, _, values = line.partition("=")
        if name == "tree_sizes":
            # Sizes in bytes of trees that no longer have them; LightGBM aborts on a wrong one and does without.
            continue
        if name == "threshold":
            thresholds = [round_down(float(value)) for value in values.split()]
            line = "threshold=" + " ".join(repr(value) for value in thresholds)
        elif name == "decision_type":
            kinds = [int(value) for value in values.split()]
            line = "decision_type=" + " ".join(
                str(_explicit_missing(kind, threshold)) for kind, threshold in zip(kinds, thresholds, strict=True)
            )
        lines.append(line)
    return "\n".join(lines)


def round_down(threshold: float) -> float:
    """The largest float32 that is not above the threshold."""
    with np.errstate(over="ignore"):
        nearest = np.float32(threshold)
    return float(nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf)))


def _explicit_missing(kind: int, threshold: float) -> int:
    if kind & _MISSING_TYPE:
        return kind
    return (kind & ~_DEFAULT_LEFT) | _MISSING_IS_NAN | (_DEFAULT_LEFT if threshold >= 0 else 0)
