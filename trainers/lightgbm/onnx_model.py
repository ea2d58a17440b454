"""LightGBM into ONNX: one float32 input `[N, F]`, one plain output `[N]`, the same bytes every time."""

import lightgbm as lgb
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

OPSET = 15
# The classifier has one column a class, of which the second is the probability of 1; the regressor has one column.
_TREES = {
    "binary": ("TreeEnsembleClassifier", ["class", "scores"], 1),
    "regression": ("TreeEnsembleRegressor", ["scores"], 0),
}


def to_onnx(booster: lgb.Booster, feature_count: int, kind: str) -> bytes:
    """Converts, cuts everything behind the trees, and checks the result with ONNX's own checker."""
    converted = convert_lightgbm(
        booster,
        name="gauntlet",
        initial_types=[("input", FloatTensorType([None, feature_count]))],
        target_opset=OPSET,
        zipmap=False,
    )
    op_type, outputs, column = _TREES[kind]
    model = helper.make_model(
        _plain_graph(_only_node(converted, op_type), outputs, column, feature_count),
        producer_name="gauntlet-lightgbm",
        opset_imports=sorted(converted.opset_import, key=lambda opset: opset.domain),
        ir_version=converted.ir_version,
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _plain_graph(trees: onnx.NodeProto, outputs: list[str], column: int, feature_count: int) -> onnx.GraphProto:
    node = helper.make_node(trees.op_type, ["input"], outputs, name="trees", domain=trees.domain)
    node.attribute.extend(sorted(trees.attribute, key=lambda attribute: attribute.name))
    pick = helper.make_node("Gather", ["scores", "score_column"], ["score"], name="score", axis=1)
    return helper.make_graph(
        [node, pick],
        "gauntlet",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", feature_count])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"])],
        [numpy_helper.from_array(np.array(column, np.int64), "score_column")],
    )


def _only_node(model: onnx.ModelProto, op_type: str) -> onnx.NodeProto:
    found = [node for node in model.graph.node if node.op_type == op_type]
    if len(found) != 1:
        kinds = ", ".join(node.op_type for node in model.graph.node)
        raise RuntimeError(f"conversion gave nodes {kinds}; expected exactly one {op_type}")
    return found[0]
