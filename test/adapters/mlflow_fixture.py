"""Makes a small model, and reads versions with MLflow's own client.

python mlflow_fixture.py make FILE            writes an ONNX model of three inputs
python mlflow_fixture.py read URI MODEL       reads {columns, data} from standard input, prints what MLflow sees
"""

import json
import sys

import mlflow
import numpy as np
import pandas as pd
from onnx import TensorProto, checker, helper, numpy_helper


def make(file: str) -> None:
    """score = sigmoid(x . (0.8, -1.7, 0.33) + 0.1), one number a row."""
    weights = numpy_helper.from_array(np.array([0.8, -1.7, 0.33], np.float32), "weights")
    offset = numpy_helper.from_array(np.array(0.1, np.float32), "offset")
    nodes = [
        helper.make_node("MatMul", ["input", "weights"], ["product"]),
        helper.make_node("Add", ["product", "offset"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["score"]),
    ]
    rows = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3])
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"])
    graph = helper.make_graph(nodes, "tiny", [rows], [score], [weights, offset])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    checker.check_model(model)
    with open(file, "wb") as out:
        out.write(model.SerializeToString(deterministic=True))


def read(uri: str, name: str) -> None:
    mlflow.set_tracking_uri(uri)
    address = f"models:/{name}@champion"
    model = mlflow.pyfunc.load_model(address)
    given = json.load(sys.stdin)
    frame = pd.DataFrame(given["data"], columns=given["columns"], dtype=np.float64)
    shuffled = frame[list(reversed(given["columns"]))]
    dependencies = mlflow.pyfunc.get_model_dependencies(address, format="pip")
    info = mlflow.models.get_model_info(address)
    found = {
        "scores": np.ravel(model.predict(frame)).astype(float).tolist(),
        "shuffled": np.ravel(model.predict(shuffled)).astype(float).tolist(),
        "float32": np.ravel(model.predict(frame.astype(np.float32))).astype(float).tolist(),
        "outputs": list(model.predict(frame).columns),
        "inputs": model.metadata.get_input_schema().to_dict(),
        "example": model.input_example.to_dict(orient="split"),
        "requirements": open(dependencies).read().split(),
        "flavors": sorted(info.flavors),
        "runId": info.run_id,
        "modelId": info.model_id,
        "created": info.utc_time_created,
        "metadata": info.metadata["gauntlet"],
        "onnxCheck": mlflow.onnx.load_model(address).graph.name,
    }
    print(json.dumps(found))


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    read(sys.argv[2], sys.argv[3])
