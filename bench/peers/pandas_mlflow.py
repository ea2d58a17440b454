"""The template that most teams start from: a whole pandas frame through `mlflow.pyfunc`."""

import mlflow.pyfunc
import pandas as pd

from peer import KEY, read_request

request, _ = read_request()
model = mlflow.pyfunc.load_model(request.mlflow_path)
rows = pd.read_parquet(request.parts, columns=request.columns)
scores = model.predict(rows[request.features])["score"]
scored = pd.DataFrame({KEY: rows[KEY], "score": scores.to_numpy()})
scored.to_parquet(request.output, compression="zstd", index=False)
