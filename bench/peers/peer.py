"""What every peer shares: its request, an ONNX Runtime session, and arrays that cross libraries without a copy.

pyarrow's `to_numpy()`, `pa.array(ndarray)` and `pa.scalar()` import pandas at their first use, which takes 1.7 s. The
peers are compared in their best form, so `from_dlpack` and `from_buffers` stand here instead.
"""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

KEY = "row_key"
# One row group of the input; batches of 16,384 rows were no faster.
BATCH_ROWS = 122_880


@dataclass(frozen=True)
class Request:
    """`parts` hold the key and the features; `output` gets the key and the score."""

    parts: list[str]
    features: list[str]
    output: str
    model_path: str
    mlflow_path: str
    lightgbm_path: str

    @property
    def columns(self) -> list[str]:
        return [KEY, *self.features]


def read_request() -> tuple[Request, str]:
    """The request file, and the design where a program has several."""
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    return Request(**{name: given[name] for name in Request.__dataclass_fields__}), (sys.argv[2:] or [""])[0]


def open_session(model_path: str, threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(model_path, options, providers=["CPUExecutionProvider"])


def matrix_of(batch: Any, features: list[str]) -> np.ndarray:
    """The features of an Arrow batch, row after row."""
    matrix = np.empty((batch.num_rows, len(features)), np.float32)
    for index, name in enumerate(features):
        matrix[:, index] = np.from_dlpack(batch.column(name))
    return matrix


def scored_batch(keys: Any, scores: np.ndarray) -> Any:
    """Key and score as an Arrow batch."""
    import pyarrow as pa

    values = pa.Array.from_buffers(pa.float32(), len(scores), [None, pa.py_buffer(scores)])
    return pa.RecordBatch.from_arrays([keys, values], names=[KEY, "score"])


def score_batches(request: Request, batches: Iterable[Any], design: str) -> Iterator[Any]:
    """Arrow batches to scored batches, in order.

    `2x1`: two Python threads, each in a run of one thread on the shared session; `1x2`: one run at a time, two threads.
    """
    session = open_session(request.model_path, 1 if design == "2x1" else 2)

    def score(batch: Any) -> Any:
        (scores,) = session.run(None, {"input": matrix_of(batch, request.features)})
        return scored_batch(batch.column(KEY), scores)

    return in_flight(score, batches, 2) if design == "2x1" else map(score, batches)


def in_flight(work: Callable[[Any], Any], items: Iterable[Any], threads: int) -> Iterator[Any]:
    """`map` on several threads with a bounded number of items under way; results keep the order of the items."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def write_batches(output: str, batches: Iterable[Any]) -> None:
    """Arrow batches of any key type as zstd Parquet."""
    import pyarrow.parquet as pq

    writer = None
    for batch in batches:
        writer = writer or pq.ParquetWriter(output, batch.schema, compression="zstd")
        writer.write_batch(batch, row_group_size=BATCH_ROWS)
    if writer is not None:
        writer.close()
