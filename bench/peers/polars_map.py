"""Polars from end to end: `map_batches` in a lazy query whose sink is a file."""

import polars as pl

from peer import KEY, open_session, read_request

request, _ = read_request()
session = open_session(request.model_path, 2)


def score(rows: pl.DataFrame) -> pl.DataFrame:
    (scores,) = session.run(None, {"input": rows.select(request.features).to_numpy(order="c")})
    return pl.DataFrame({KEY: rows[KEY], "score": scores})


rows = pl.scan_parquet(request.parts).select(request.columns)
schema = {KEY: rows.collect_schema()[KEY], "score": pl.Float32}
rows.map_batches(score, schema=schema, streamable=True).sink_parquet(request.output, compression="zstd")
