"""
Reads a table that somebody else is writing: the newest version over and over until LAST is there, then every version by
time travel. `read_while_writing.py READER URI LAST`. Prints one line of JSON for each read: the versions there were
before and after it, and for each window its runs, rows and sum of scores.
"""

import json
import os
import sys

import polars
from deltalake import DeltaTable

COLUMNS = ["window", "run_identity", "score"]


def with_deltalake(uri, version):
    table = DeltaTable(uri, version=version)
    return table.version(), polars.from_arrow(table.to_pyarrow_table(columns=COLUMNS))


def with_polars(uri, version):
    return version, polars.read_delta(uri, version=version).select(COLUMNS)


READERS = {"deltalake": with_deltalake, "polars": with_polars}


def summed(rows):
    grouped = rows.group_by("window").agg(
        polars.col("run_identity").n_unique().alias("runs"),
        polars.col("run_identity").first(),
        polars.len().alias("rows"),
        polars.col("score").cast(polars.Float64).sum(),
    )
    return [list(row) for row in grouped.sort("window").select("window", "runs", "run_identity", "rows", "score").rows()]


def report(before, after, rows):
    print(json.dumps({"before": before, "after": after, "windows": summed(rows)}), flush=True)


def main():
    name, uri, last = sys.argv[1], sys.argv[2], int(sys.argv[3])
    read = READERS[name]
    after = -1
    while after < last:
        before = DeltaTable(uri).version()
        version, rows = read(uri, None)
        after = DeltaTable(uri).version()
        if version is None:
            report(before, after, rows)
        else:
            report(version, version, rows)
    for version in range(last + 1):
        report(version, version, read(uri, version)[1])


main()
# Threads of the readers may still be at work, and abort a process that ends while they are.
sys.stdout.flush()
os._exit(0)
