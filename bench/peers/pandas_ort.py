"""A whole pandas frame through ONNX Runtime."""

import numpy as np
import pandas as pd

from peer import KEY, open_session, read_request

request, _ = read_request()
session = open_session(request.model_path, 2)
rows = pd.read_parquet(request.parts, columns=request.columns)
matrix = np.ascontiguousarray(rows[request.features].to_numpy(np.float32))
(scores,) = session.run(None, {"input": matrix})
pd.DataFrame({KEY: rows[KEY], "score": scores}).to_parquet(request.output, compression="zstd", index=False)
