"""Writes results so that a killed run leaves no half file under a final name; the report comes last."""

import json
import os
from pathlib import Path
from typing import Any


def write_results(folder: Path, model: bytes, report: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "model.onnx", model)
    text = json.dumps(report, indent=2, sort_keys=True, allow_nan=False)
    _write(folder / "report.json", (text + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
