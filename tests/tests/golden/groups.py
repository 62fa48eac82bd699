"""Writes groups.json: steps of torch 2.15.0 (`pip install torch==2.15.0`) with weight decay on weights and none on biases.

    python tests/tests/golden/groups.py > tests/tests/golden/groups.json
"""

import json

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)


def case(name, **options):
    weight, bias = torch.randn(2, 3), torch.randn(2)
    init = {"weight": weight.tolist(), "bias": bias.tolist()}
    decayed, others = [p for p in (weight, bias) if p.ndim >= 2], [p for p in (weight, bias) if p.ndim < 2]
    groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    optimizer = getattr(torch.optim, name)(groups, **options)
    gradients, expected = [], []
    for _ in range(5):
        weight.grad, bias.grad = torch.randn(2, 3), torch.randn(2)
        gradients.append({"weight": weight.grad.tolist(), "bias": bias.grad.tolist()})
        optimizer.step()
        expected.append({"weight": weight.tolist(), "bias": bias.tolist()})
    return {"optimizer": name, "options": options, "init": init, "gradients": gradients, "expected": expected}


cases = [
    case(name, lr=0.05, weight_decay=0.3, **options)
    for name, options in [
        ("SGD", {}), ("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {}), ("AdamW", {"amsgrad": True}),
        ("NAdam", {}), ("NAdam", {"decoupled_weight_decay": True}), ("RAdam", {}),
        ("RAdam", {"decoupled_weight_decay": True}), ("Adamax", {}), ("ASGD", {"lambd": 0.01}), ("Adagrad", {}),
        ("Adadelta", {}), ("RMSprop", {"centered": True}),
    ]
]
print(json.dumps({"cases": cases}))
