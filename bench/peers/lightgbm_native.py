"""The trees in the library that grew them, on a whole pandas frame."""

import lightgbm as lgb
import numpy as np
import pandas as pd

from peer import KEY, read_request

request, _ = read_request()
booster = lgb.Booster(model_file=request.lightgbm_path)
rows = pd.read_parquet(request.parts, columns=request.columns)
scores = booster.predict(rows[request.features].to_numpy(), num_threads=2).astype(np.float32)
pd.DataFrame({KEY: rows[KEY], "score": scores}).to_parquet(request.output, compression="zstd", index=False)
