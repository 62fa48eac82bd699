"""Writes networks.json and networks/: networks in ONNX, and what onnxruntime makes of rows.

    pip install onnx==1.23.2 onnxruntime==1.32.0
    python tests/tests/golden/networks.py
"""

import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

RANDOM = np.random.default_rng(5)
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks")


def constant(name, *shape):
    return numpy_helper.from_array((RANDOM.normal(size=shape) / 2).astype(np.float32), name)


def save(name, nodes, inputs, outputs, constants=(), opset=17, **more):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **more)
    path = os.path.join(FOLDER, name + ".onnx")
    onnx.save(model, path)
    return path


def of(name, *shape, element=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, element, list(shape))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    layers = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
        helper.make_node("Tanh", ["h"], ["a"]),
        helper.make_node("Gemm", ["a", "w2", "b2"], ["code"]),
    ]
    constants = [constant("w1", 4, 6), constant("b1", 6), constant("w2", 6, 3), constant("b2", 3)]
    backbone = save("backbone", layers, [of("x", "n", 4)], [of("code", "n", 3)], constants)
    save("one_row", layers, [of("x", 1, 4)], [of("code", 1, 3)], constants)
    save("eight_rows", layers, [of("x", 8, 4)], [of("code", 8, 3)], constants)
    save("two_outputs", layers, [of("x", "n", 4)], [of("a", "n", 6), of("code", "n", 3)], constants)
    noise = [helper.make_node("RandomNormalLike", ["x"], ["r"]), helper.make_node("Add", ["x", "r"], ["y"])]
    save("random", noise, [of("x", "n", 4)], [of("y", "n", 4)])
    odd = [helper.make_node("Optional", ["x"], ["o"]), helper.make_node("OptionalGetElement", ["o"], ["y"])]
    save("unknown", odd, [of("x", "n", 4)], [of("y", "n", 4)])
    huge = [helper.make_node("Tile", ["x", "times"], ["t"]), helper.make_node("ReduceSum", ["t"], ["y"], keepdims=0)]
    save("huge", huge, [of("x", "n", 4)], [of("y")], [numpy_helper.from_array(np.array([1, 1 << 40]), "times")])
    outside = TensorProto(name="w1", dims=[4, 6], data_type=TensorProto.FLOAT)
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="/etc/passwd")
    save("outside", layers, [of("x", "n", 4)], [of("code", "n", 3)], [outside, *constants[1:]])
    both = [helper.make_node("Gather", ["table", "codes"], ["looked"]), helper.make_node("Mul", ["looked", "x"], ["y"])]
    table = constant("table", 5, 4)
    pair = save(
        "codes_and_numbers",
        both,
        [of("x", "n", 4), of("codes", "n", element=TensorProto.INT64)],
        [of("y", "n", 4)],
        [table],
    )
    convolution = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3], pads=[1, 1]),
        helper.make_node("BatchNormalization", ["c", "scale", "shift", "mean", "variance"], ["n"]),
        helper.make_node("Relu", ["n"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["y"]),
    ]
    of_channels = [constant("scale", 4), constant("shift", 4), constant("mean", 4)]
    variance = numpy_helper.from_array(np.abs(RANDOM.normal(size=4)).astype(np.float32) + 0.5, "variance")
    net = save(
        "convolution",
        convolution,
        [of("x", "n", 2, 8)],
        [of("y", "n", 4)],
        [constant("w", 4, 2, 3), constant("b", 4), *of_channels, variance],
    )
    golden = {"made by": f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, numpy {np.__version__}"}
    rows = 5
    given = {
        backbone: {"x": RANDOM.normal(size=(rows, 4)).astype(np.float32)},
        pair: {"x": RANDOM.normal(size=(rows, 4)).astype(np.float32), "codes": np.array([0, 4, 2, 2, 1])},
        net: {"x": RANDOM.normal(size=(rows, 2, 8)).astype(np.float32)},
    }
    for path, inputs in given.items():
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        (output,) = session.run(None, inputs)
        name = os.path.basename(path).removesuffix(".onnx")
        golden[name] = {"inputs": {key: value.tolist() for key, value in inputs.items()}, "output": output.tolist()}
    with open(os.path.join(FOLDER, "..", "networks.json"), "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


main()
