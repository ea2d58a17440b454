"""Writes the small ONNX models of the trainer tests into a folder: `python tiny_models.py FOLDER`."""

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper


def write(folder: Path, name: str, nodes, inputs, outputs, constants) -> None:
    initializers = [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    checker.check_model(model)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def linear(scale: float, squash: str = "Sigmoid"):
    """score = squash(scale * x0 + 0 * x1), missing values as 0; a column `[N, 1]`."""
    nodes = [
        helper.make_node("IsNaN", ["x"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "x"], ["filled"]),
        helper.make_node("MatMul", ["filled", "w"], ["logit"]),
        helper.make_node(squash, ["logit"], ["y"]),
    ]
    return nodes, {"w": np.array([[scale], [0]], np.float32), "zero": np.float32(0)}


def main(folder: Path) -> None:
    def value(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)

    x, y = value("x", TensorProto.FLOAT, ["N", 2]), value("y", TensorProto.FLOAT, ["N", 1])
    nodes, constants = linear(0.1)
    write(folder, "good", nodes, [x], [y], constants)
    nodes, constants = linear(5.0, "Identity")
    write(folder, "not-a-probability", nodes, [x], [y], constants)
    nodes, constants = linear(float("nan"))
    write(folder, "nan", nodes, [x], [y], constants)
    three = value("x", TensorProto.FLOAT, ["N", 3])
    one = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1])]
    write(folder, "three-columns", one, [three], [y], {})
    write(folder, "double", one, [value("x", TensorProto.DOUBLE, ["N", 2])], [value("y", TensorProto.DOUBLE, ["N", 1])], {})
    write(folder, "fixed-rows", one, [value("x", TensorProto.FLOAT, [1, 2])], [value("y", TensorProto.FLOAT, [1, 1])], {})
    both = [*one, helper.make_node("Identity", ["x"], ["z"])]
    write(folder, "two-outputs", both, [x], [y, value("z", TensorProto.FLOAT, ["N", 2])], {})
    total = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[0, 1])]
    write(folder, "one-score-for-all", total, [x], [y], {})


main(Path(sys.argv[1]))
