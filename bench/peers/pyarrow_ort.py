"""pyarrow reads and writes, ONNX Runtime scores batches in between."""

import pyarrow.dataset as ds

from peer import BATCH_ROWS, read_request, score_batches, write_batches

request, design = read_request()
batches = ds.dataset(request.parts, format="parquet").to_batches(columns=request.columns, batch_size=BATCH_ROWS)
write_batches(request.output, score_batches(request, batches, design))
