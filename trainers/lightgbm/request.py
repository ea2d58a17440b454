"""Reads the request file Gauntlet wrote and refuses what cannot be trained, naming every field at fault."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parameters import read_parameters
from problems import Refused

KINDS = ("binary", "regression")
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Request:
    train_parquet: list[str]
    validation_parquet: list[str]
    features: list[str]
    label: str
    kind: str
    params: dict[str, int | float]
    seed: int
    output_dir: Path


def read_request(path: str) -> Request:
    raw = _read_object(path)
    problems = _problems(raw)
    params: dict[str, int | float] = {}
    try:
        given = raw.get("params", {})
        params = read_parameters(given if isinstance(given, dict) else {})
    except Refused as refused:
        problems += refused.problems
    if problems:
        raise Refused(problems)
    return Request(
        train_parquet=raw["trainParquet"],
        validation_parquet=raw["validationParquet"],
        features=raw["features"],
        label=raw["label"],
        kind=raw["kind"],
        params=params,
        seed=raw["seed"],
        output_dir=Path(raw["outputDir"]),
    )


def _read_object(path: str) -> dict[str, Any]:
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused([f"request {path}: cannot be read as JSON: {error}"]) from error
    if not isinstance(raw, dict):
        raise Refused([f"request {path}: found {type(raw).__name__}, expected one JSON object"])
    return raw


def _problems(raw: dict[str, Any]) -> list[str]:
    problems = []
    if raw.get("schemaVersion") != 1:
        problems.append(f"schemaVersion: found {raw.get('schemaVersion')!r}, expected 1")
    for name in ("trainParquet", "validationParquet", "features"):
        if not _is_names(raw.get(name)) or not raw[name]:
            problems.append(f"{name}: found {raw.get(name)!r}, expected a list of at least one string")
    for name in ("label", "outputDir"):
        if not isinstance(raw.get(name), str) or not raw[name]:
            problems.append(f"{name}: found {raw.get(name)!r}, expected a string")
    if raw.get("kind") not in KINDS:
        problems.append(f"kind: found {raw.get('kind')!r}, expected one of {', '.join(KINDS)}")
    seed = raw.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= LARGEST_SEED:
        problems.append(f"seed: found {seed!r}, expected a whole number from 0 to {LARGEST_SEED}")
    if not isinstance(raw.get("params", {}), dict):
        problems.append(f"params: found {raw['params']!r}, expected an object such as {{\"trees\": 150}}")
    return problems + _column_problems(raw)


def _column_problems(raw: dict[str, Any]) -> list[str]:
    features, categorical = raw.get("features"), raw.get("categorical", [])
    if not _is_names(features):
        return []
    twice = sorted({name for name in features if features.count(name) > 1})
    problems = [f"features: {name!r} is listed twice" for name in twice]
    if raw.get("label") in features:
        problems.append(f"features: {raw['label']!r} is the label and cannot be a feature")
    if not _is_names(categorical):
        problems.append(f"categorical: found {categorical!r}, expected a list of strings")
    else:
        problems += [f"categorical: {name!r} is not in features" for name in categorical if name not in features]
    return problems


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
