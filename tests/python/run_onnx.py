"""Checks models in ONNX by the checker of onnx, runs them in onnxruntime, and compares with what was predicted.

A folder holds for each model NAME.onnx and NAME.json: inputs, expected outputs and a tolerance.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(uint64)": np.uint64,
    "tensor(bool)": np.bool_,
}


def array(of, dtype):
    values = [float(value) if isinstance(value, str) else value for value in of["values"]]
    return np.array(values).astype(dtype).reshape(of["dims"])


def problem(path):
    case = json.loads(path.with_suffix(".json").read_text())
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = {one.name: array(case["given"][one.name], TYPES[one.type]) for one in session.get_inputs()}
    names = [output.name for output in session.get_outputs()]
    for name, found in zip(names, session.run(names, given)):
        expected = array(case["expected"][name], np.float64)
        if found.shape != expected.shape:
            return f"{case['name']}: {name} has shape {found.shape}, expected {expected.shape}"
        scale = np.maximum(np.abs(expected), 1.0)
        with np.errstate(invalid="ignore"):
            apart = np.where(np.isnan(expected) & np.isnan(found), 0.0, np.abs(found - expected) / scale)
        if not np.all(apart <= case["tolerance"]):
            return f"{case['name']}: {name} differs by {np.max(apart)}"
    return None


def main():
    wrong = []
    paths = sorted(Path(sys.argv[1]).glob("*.onnx"))
    for path in paths:
        try:
            found = problem(path)
        except Exception as error:  # noqa: BLE001
            found = f"{json.loads(path.with_suffix('.json').read_text())['name']}: {error}"
        if found:
            wrong.append(found)
    print(f"{len(paths)} models run in onnxruntime {onnxruntime.__version__}")
    if wrong:
        sys.exit("\n".join(wrong))


main()
