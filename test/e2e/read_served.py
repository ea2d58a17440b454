"""Reads what is served, and asks MLflow's own client for the same scores.

python read_served.py TABLE WINDOW TRACKING_URI MODEL INPUTS ROWS
"""

import json
import sys

import mlflow
import numpy
import pandas
from deltalake import DeltaTable


def main(table, window, tracking_uri, name, inputs_file, rows):
    mlflow.set_tracking_uri(tracking_uri)
    every = DeltaTable(table).to_pyarrow_table().to_pandas()
    served = every[every["window"].astype(str) == window].set_index("row_key")
    inputs = pandas.read_parquet(inputs_file).set_index("row_key").head(int(rows))
    model = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    scores = numpy.ravel(model.predict(inputs))
    difference = numpy.abs(scores - served.loc[inputs.index, "score"].to_numpy())
    print(
        json.dumps(
            {
                "rows": {str(day): int(count) for day, count in every.groupby("window").size().items()},
                "digests": sorted(every["model_digest"].unique().tolist()),
                "cohorts": sorted(every["cohort"].unique().tolist()),
                "compared": len(inputs),
                "largestDifference": float(difference.max()),
                "distinctScores": int(served["score"].nunique()),
            }
        )
    )


main(*sys.argv[1:])
