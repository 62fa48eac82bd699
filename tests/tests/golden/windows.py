"""Writes windows.json: convolutions of the same length, transposed ones, those and pools of volumes, and upsampling, of
torch 2.15.0.

    pip install torch==2.15.0
    python tests/tests/golden/windows.py > tests/tests/golden/windows.json
"""

import json

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)
cases = []


def case(component, settings, module, *dims):
    """A layer of ours by its name and settings in files, and the module of theirs over random numbers."""
    x = torch.randn(*dims, requires_grad=True)
    y = module(x)
    cotangent = torch.randn(y.shape)
    (y * cotangent).sum().backward()
    cases.append({
        "id": f"{component} {json.dumps(settings)} of {list(dims)}",
        "layer": {"component": component, "settings": settings},
        "input": x.tolist(),
        "weights": {name: value.tolist() for name, value in module.state_dict().items()},
        "cotangent": cotangent.tolist(),
        "expected": {
            "output": y.tolist(),
            "grad_input": x.grad.tolist(),
            "grad_params": {name: value.grad.tolist() for name, value in module.named_parameters()},
        },
    })


for kernel, dilation in [(1, 1), (2, 1), (3, 1), (4, 1), (2, 3), (4, 2), (5, 2)]:
    module = nn.Conv1d(2, 3, kernel, padding="same", dilation=dilation)
    case("Conv1d", {"channels": 3, "kernel": kernel, "dilation": dilation, "same": True}, module, 2, 2, 7)
for mode, ours in [("reflect", "Reflect"), ("replicate", "Replicate"), ("circular", "Circular")]:
    module = nn.Conv1d(2, 2, 4, padding="same", padding_mode=mode)
    settings = {"channels": 2, "kernel": 4, "same": True, "padding_mode": {"choice": ours}}
    case("Conv1d", settings, module, 2, 2, 6)
module = nn.Conv1d(8, 16, 4, padding="same", groups=2, bias=False)
case("Conv1d", {"channels": 16, "kernel": 4, "groups": 2, "no_bias": True, "same": True}, module, 2, 8, 12)
module = nn.Conv2d(2, 2, (2, 4), padding="same", dilation=(3, 1))
case("Conv2d", {"channels": 2, "kernel": [2, 4], "dilation": [3, 1], "same": True}, module, 2, 2, 5, 4)

for kernel, stride, padding, more, dilation, groups, bias, channels, length in [
    (3, 1, 0, 0, 1, 1, True, (2, 3), 4),
    (4, 2, 1, 0, 1, 1, True, (3, 2), 5),
    (3, 2, 1, 1, 1, 2, False, (4, 2), 4),
    (2, 1, 0, 2, 3, 1, True, (1, 2), 3),
    (2, 3, 2, 2, 1, 1, True, (2, 2), 4),
    (1, 3, 0, 0, 1, 1, True, (2, 2), 3),
    (3, 1, 1, 0, 1, 1, True, (8, 9), 11),
    (4, 1, 2, 1, 2, 2, True, (16, 16), 10),
]:
    module = nn.ConvTranspose1d(*channels, kernel, stride, padding, more, groups, bias, dilation)
    settings = {"channels": channels[1], "kernel": kernel, "stride": stride, "padding": padding, "output_padding": more,
                "dilation": dilation, "groups": groups, "no_bias": not bias}
    case("ConvTranspose1d", settings, module, 2, channels[0], length)
for kernel, stride, padding, more, dilation, groups in [
    ([3, 3], [1, 1], [0, 0], [0, 0], [1, 1], 1),
    ([2, 3], [2, 1], [0, 1], [1, 0], [1, 2], 2),
    ([4, 2], [3, 2], [1, 0], [0, 1], [2, 1], 1),
]:
    module = nn.ConvTranspose2d(2, 4, kernel, stride, padding, more, groups, True, dilation)
    settings = {"channels": 4, "kernel": kernel, "stride": stride, "padding": padding, "output_padding": more,
                "dilation": dilation, "groups": groups}
    case("ConvTranspose2d", settings, module, 2, 2, 3, 4)
module = nn.ConvTranspose3d(2, 2, (2, 1, 3), (2, 1, 1), (0, 0, 1), (1, 0, 0), 2, True, (1, 1, 2))
settings = {"channels": 2, "kernel": [2, 1, 3], "stride": [2, 1, 1], "padding": [0, 0, 1], "output_padding": [1, 0, 0],
            "dilation": [1, 1, 2], "groups": 2}
case("ConvTranspose3d", settings, module, 2, 2, 2, 2, 3)

module = nn.Conv3d(2, 2, (2, 3, 1), (1, 2, 1), (1, 0, 0), (1, 1, 2), 2)
settings = {"channels": 2, "kernel": [2, 3, 1], "stride": [1, 2, 1], "padding": [1, 0, 0], "dilation": [1, 1, 2], "groups": 2}
case("Conv3d", settings, module, 2, 2, 3, 5, 2)
module = nn.Conv3d(1, 2, (2, 3, 4), padding="same")
case("Conv3d", {"channels": 2, "kernel": [2, 3, 4], "same": True}, module, 2, 1, 3, 4, 5)
case("MaxPool3d", {"kernel": [2, 2, 2]}, nn.MaxPool3d(2), 2, 2, 4, 5, 2)
settings = {"kernel": [2, 3, 1], "stride": [1, 2, 1], "padding": [1, 1, 0], "dilation": [2, 1, 1], "partial": True}
case("MaxPool3d", settings, nn.MaxPool3d((2, 3, 1), (1, 2, 1), (1, 1, 0), (2, 1, 1), ceil_mode=True), 2, 1, 3, 5, 2)
for inside in [True, False]:
    module = nn.AvgPool3d((2, 3, 2), (2, 2, 1), (1, 1, 0), ceil_mode=True, count_include_pad=not inside)
    settings = {"kernel": [2, 3, 2], "stride": [2, 2, 1], "padding": [1, 1, 0], "partial": True, "without_padding": inside}
    case("AvgPool3d", settings, module, 2, 2, 3, 4, 3)
case("AdaptiveAvgPool", {"sizes": [2, 3, 1]}, nn.AdaptiveAvgPool3d((2, 3, 1)), 2, 2, 3, 4, 5)

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
for sizes, dims in [
    ({"factors": [3]}, (2, 2, 4)), ({"sizes": [7]}, (2, 2, 4)), ({"sizes": [3]}, (2, 2, 8)), ({"sizes": [1]}, (2, 1, 5)),
    ({"factors": [2, 3]}, (2, 2, 3, 2)), ({"sizes": [5, 2]}, (2, 1, 3, 4)), ({"factors": [2, 1, 2]}, (2, 1, 2, 3, 2)),
]:
    theirs = {"scale_factor": tuple(sizes["factors"])} if "factors" in sizes else {"size": tuple(sizes["sizes"])}
    linear = LINEAR[len(dims) - 2]
    for mode, corners, ours in [("nearest", None, "Nearest"), (linear, False, "Linear"), (linear, True, "AlignedLinear")]:
        module = nn.Upsample(**theirs, mode=mode, align_corners=corners)
        case("Upsample", {**sizes, "interpolation": {"choice": ours}}, module, *dims)

print(json.dumps({"file": "windows", "note": "gradients of sum(output * cotangent)", "versions": {"torch": torch.__version__},
                  "cases": cases}))
