"""Makes the bench's models: `python models.py request.json`.

A logistic regression, a network of 64 and 32 units, and 200 trees, each as ONNX with one input `[N, F]` and one plain
output `[N]`, and as an MLflow model. The trees are converted as the shipped trainer does it.
"""

import json
import sys
from pathlib import Path

import mlflow.onnx
import numpy as np
import onnx
import pyarrow.parquet as pq
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

sys.path.append(str(Path(__file__).resolve().parents[2] / "trainers" / "lightgbm"))

from exact_thresholds import make_exact
from onnx_model import to_onnx
from parity import check_parity

SEED = 7
MLP_ROWS = 100_000


def main(request_path: str) -> None:
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    table = pq.read_table(request["sample"])
    features = np.column_stack([table.column(name).to_numpy() for name in request["features"]]).astype(np.float32)
    labels = table.column("label").to_numpy()
    for name, make in {"lr": logistic_regression, "mlp": network, "gbt": trees}.items():
        folder = Path(request["folder"]) / name
        folder.mkdir(parents=True)
        model = make(features, labels, folder)
        (folder / "model.onnx").write_bytes(model)
        mlflow.onnx.save_model(onnx.load_from_string(model), str(folder / "mlflow"))


def logistic_regression(features: np.ndarray, labels: np.ndarray, _folder: Path) -> bytes:
    mean, scale = features.mean(axis=0), features.std(axis=0)
    fitted = LogisticRegression(max_iter=500).fit((features - mean) / scale, labels)
    return _layers([(fitted.coef_.T, fitted.intercept_)], mean, scale)


def network(features: np.ndarray, labels: np.ndarray, _folder: Path) -> bytes:
    mean, scale = features.mean(axis=0), features.std(axis=0)
    fitted = MLPClassifier((64, 32), max_iter=5, random_state=SEED)
    fitted.fit(((features - mean) / scale)[:MLP_ROWS], labels[:MLP_ROWS])
    return _layers(list(zip(fitted.coefs_, fitted.intercepts_, strict=True)), mean, scale)


def trees(features: np.ndarray, labels: np.ndarray, folder: Path) -> bytes:
    import lightgbm as lgb

    settings = {
        "objective": "binary",
        "num_leaves": 63,
        "max_depth": 8,
        "min_data_in_leaf": 100,
        "seed": SEED,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    trained = lgb.train(settings, lgb.Dataset(features, labels), num_boost_round=200)
    booster = lgb.Booster(model_str=make_exact(trained.model_to_string()))
    booster.save_model(str(folder / "lightgbm.txt"))
    model = to_onnx(booster, features.shape[1], "binary")
    check_parity(booster, model, features[:MLP_ROWS], "binary")
    return model


def _layers(layers: list[tuple[np.ndarray, np.ndarray]], mean: np.ndarray, scale: np.ndarray) -> bytes:
    """Dense layers with Relu between them and a Sigmoid at the end; the scaling goes into the first one."""
    (first, bias), *others = layers
    scaled = first / scale[:, None]
    layers = [(scaled, bias - mean @ scaled), *others]
    nodes, constants, value = [], [], "input"
    for index, (weights, biases) in enumerate(layers):
        last = index == len(layers) - 1
        for name, array in {f"w{index}": weights, f"b{index}": biases}.items():
            constants.append(numpy_helper.from_array(array.astype(np.float32), name))
        nodes.append(helper.make_node("Gemm", [value, f"w{index}", f"b{index}"], [f"z{index}"]))
        value = "column" if last else f"a{index}"
        nodes.append(helper.make_node("Sigmoid" if last else "Relu", [f"z{index}"], [value]))
    constants.append(numpy_helper.from_array(np.array([-1], np.int64), "flat"))
    nodes.append(helper.make_node("Reshape", ["column", "flat"], ["score"]))
    graph = helper.make_graph(
        nodes,
        "gauntlet",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", len(mean)])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


if __name__ == "__main__":
    main(sys.argv[1])
