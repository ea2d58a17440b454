"""Progress for Gauntlet: one JSON object a line on standard output."""

import json
import math
import sys


def tell(step: str, done: int, total: int, metrics: dict[str, float] | None = None) -> None:
    line: dict[str, object] = {"step": step, "done": done, "total": total}
    if metrics:
        line["metrics"] = {name: value for name, value in metrics.items() if math.isfinite(value)}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
