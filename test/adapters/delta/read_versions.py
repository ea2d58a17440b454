"""Reads every version of a prediction table with deltalake and with Polars, and prints what each shows as JSON."""

import json
import sys

import polars
from deltalake import DeltaTable

COLUMNS = ["row_key", "score", "decision", "model_digest", "cohort", "run_identity", "window"]


def with_deltalake(uri, options, version):
    rows = DeltaTable(uri, version=version, storage_options=options).to_pyarrow_table(columns=COLUMNS).to_pylist()
    return sorted([[row[column] for column in COLUMNS] for row in rows])


def with_polars(uri, options, version):
    table = polars.read_delta(uri, version=version, storage_options=options)
    return sorted([list(row) for row in table.select(COLUMNS).rows()])


def main():
    uri = sys.argv[1]
    options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else None
    table = DeltaTable(uri, storage_options=options)
    protocol = table.protocol()
    versions = range(table.version() + 1)
    print(
        json.dumps(
            {
                "protocol": [protocol.min_reader_version, protocol.min_writer_version],
                "partitions": table.metadata().partition_columns,
                "configuration": table.metadata().configuration,
                "operations": [commit["operation"] for commit in reversed(table.history())],
                "deltalake": [with_deltalake(uri, options, version) for version in versions],
                "polars": [with_polars(uri, options, version) for version in versions],
                "transaction": table.transaction_version(sys.argv[2]),
            }
        )
    )


main()
