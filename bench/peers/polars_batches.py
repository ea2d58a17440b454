"""Polars streams batches, two runs of one thread score them, pyarrow writes."""

import polars as pl

from peer import BATCH_ROWS, KEY, in_flight, open_session, read_request, scored_batch, write_batches

request, _ = read_request()
session = open_session(request.model_path, 1)


def score(rows: pl.DataFrame):
    (scores,) = session.run(None, {"input": rows.select(request.features).to_numpy(order="c")})
    return scored_batch(rows[KEY].to_arrow(), scores)


batches = pl.scan_parquet(request.parts).select(request.columns).collect_batches(chunk_size=BATCH_ROWS)
write_batches(request.output, in_flight(score, batches, 2))
