"""DuckDB reads and writes, ONNX Runtime scores Arrow batches in between."""

import duckdb
import pyarrow as pa

from peer import BATCH_ROWS, KEY, read_request, score_batches

request, design = read_request()
reading = duckdb.connect()
columns = ", ".join(f'"{name}"' for name in request.columns)
rows = reading.read_parquet(request.parts).project(columns).to_arrow_reader(BATCH_ROWS)
schema = pa.schema([(KEY, rows.schema.field(KEY).type), ("score", pa.float32())])
scored = pa.RecordBatchReader.from_batches(schema, score_batches(request, rows, design))
writing = duckdb.connect()
writing.register("scored", scored)
writing.execute(f"COPY (FROM scored) TO '{request.output}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
