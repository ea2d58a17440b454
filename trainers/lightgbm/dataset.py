"""Parquet into one float32 matrix: the numbers Gauntlet's SQL encoded, in the order of the request."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from problems import Refused

# Rows held twice while they are copied into the matrix; a bound on memory, not on the data.
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Rows:
    """Feature values in request order (NaN where missing) and one label a row."""

    features: np.ndarray
    labels: np.ndarray


def load_rows(role: str, paths: list[str], features: list[str], label: str, kind: str) -> Rows:
    """Refuses missing or badly typed columns, infinite features and labels that are missing or not 0 and 1."""
    files = [pq.ParquetFile(path) for path in paths]
    _refuse_wrong_columns(role, files, paths, features, label)
    total = sum(file.metadata.num_rows for file in files)
    if total == 0:
        raise Refused([f"{role}Parquet: found no rows, expected at least one"])
    rows = Rows(np.empty((total, len(features)), np.float32), np.empty(total, np.float64))
    start = 0
    for file in files:
        for batch in file.iter_batches(BATCH_ROWS, columns=[*dict.fromkeys([*features, label])]):
            end = start + batch.num_rows
            for index, name in enumerate(features):
                rows.features[start:end, index] = batch.column(name).to_numpy(zero_copy_only=False)
            rows.labels[start:end] = batch.column(label).cast(pa.float64()).to_numpy(zero_copy_only=False)
            start = end
    _refuse_wrong_values(role, rows, features, label, kind)
    return rows


def _refuse_wrong_columns(role, files, paths, features: list[str], label: str) -> None:
    problems = []
    for file, path in zip(files, paths, strict=True):
        types = {field.name: field.type for field in file.schema_arrow}
        for name in [*features, label]:
            if name not in types:
                problems.append(f"{role}Parquet: column {name!r} is missing from {path}")
        for name in features:
            if name in types and types[name] != pa.float32():
                problems.append(f"{role}Parquet: feature {name!r} in {path} is {types[name]}, expected float (float32)")
        if label in types and not _can_be_label(types[label]):
            problems.append(f"{role}Parquet: label {label!r} in {path} is {types[label]}, expected a number or boolean")
    if problems:
        raise Refused(problems)


def _can_be_label(kind: pa.DataType) -> bool:
    return pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _refuse_wrong_values(role: str, rows: Rows, features: list[str], label: str, kind: str) -> None:
    problems = []
    infinite = np.isinf(rows.features).sum(axis=0)
    for name, count in zip(features, infinite, strict=True):
        if count:
            problems.append(f"{role}Parquet: feature {name!r} is infinite in {count} rows; expected numbers or missing")
    unusable = ~np.isfinite(rows.labels)
    if kind == "binary":
        unusable |= (rows.labels != 0) & (rows.labels != 1)
    if unusable.any():
        expected = "0 or 1" if kind == "binary" else "a finite number"
        first = rows.labels[unusable][0]
        problems.append(f"{role}Parquet: label {label!r} is {first} in {unusable.sum()} rows; expected {expected}")
    elif role == "train" and kind == "binary" and np.unique(rows.labels).size < 2:
        problems.append(f"trainParquet: label {label!r} is always {rows.labels[0]:g}; expected both 0 and 1")
    if problems:
        raise Refused(problems)
