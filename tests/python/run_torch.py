"""Runs an exported module on columns and compares what it gives with what is expected.

    python run_torch.py FOLDER

where the folder holds model.py, model.safetensors, columns.safetensors and expected.safetensors.
"""

import importlib.util
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

folder = Path(sys.argv[1])
spec = importlib.util.spec_from_file_location("model", folder / "model.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
expected = load_file(folder / "expected.safetensors")
with torch.no_grad():
    outputs = model(load_file(folder / "columns.safetensors"))
assert outputs.keys() == expected.keys(), (outputs.keys(), expected.keys())
worst = 0.0
for name, want in expected.items():
    found = outputs[name]
    assert found.shape == want.shape and found.dtype == want.dtype, (name, found.shape, found.dtype, want.shape, want.dtype)
    error = ((found - want).abs() / want.abs().clamp(min=1)).max().item()
    assert error < 1e-5, f"{name}: {error}"
    worst = max(worst, error)
print(f"{len(expected)} nodes, largest difference {worst:.1e}")
