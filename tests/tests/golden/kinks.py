"""Writes kinks.json: gradients of torch 2.15.0 (`pip install torch==2.15.0`) where a function has more than one slope.

    python tests/tests/golden/kinks.py > tests/tests/golden/kinks.json
"""

import json

import torch
import torch.nn.functional as f

torch.set_default_dtype(torch.float64)


def case(name, run, *inputs):
    inputs = [torch.tensor(values, requires_grad=True) for values in inputs]
    run(*inputs).sum().backward()
    return {"name": name, "inputs": [x.tolist() for x in inputs], "expected": [x.grad.tolist() for x in inputs]}


around = [[-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 20.0]]
ties = [[[1.0, 1.0, 0.0, 2.0, 2.0, 2.0]], [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]]
plane = [[[[1.0, 1.0], [1.0, 0.0]]], [[[0.0, 2.0], [2.0, 2.0]]]]
a, b, c = [[1.0, 2.0]], [[1.0, 2.0]], [[4.0, 6.0]]
cases = [
    case("Relu", f.relu, around),
    case("LeakyRelu", lambda x: f.leaky_relu(x, 0.3), around),
    case("Elu", lambda x: f.elu(x, 0.3), around),
    case("Selu", f.selu, around),
    case("Hardtanh", f.hardtanh, around),
    case("Hardswish", f.hardswish, around),
    case("Softsign", f.softsign, around),
    case("Softplus", f.softplus, around),
    case("MaxPool1d", lambda x: f.max_pool1d(x, 3), ties),
    case("MaxPool2d", lambda x: f.max_pool2d(x, 2), plane),
    case("GlobalMaxPool", lambda x: f.adaptive_max_pool1d(x, 1), ties),
    case("L1", lambda x, y: f.l1_loss(x, y, reduction="none").mean(1), around, [[0.0] * 8]),
    case("Huber", lambda x, y: f.huber_loss(x, y, reduction="none", delta=0.5).mean(1), around, [[0.0] * 8]),
    case("SmoothL1", lambda x, y: f.smooth_l1_loss(x, y, reduction="none", beta=0.5).mean(1), around, [[0.0] * 8]),
    case("TripletMargin", lambda a, b, c: f.triplet_margin_loss(a, b, c, margin=1.0, reduction="none"), a, b, c),
    # The distance of anchor and negative, and that of positive and negative, are both 5.
    case("TripletMargin swapped", lambda a, b, c: f.triplet_margin_loss(a, b, c, margin=9.0, swap=True, reduction="none"), a, b, c),
    case("TripletMargin of one point", lambda a, b, c: f.triplet_margin_loss(a, b, c, margin=1.0, reduction="none"), a, b, b),
    case("MultiMargin", lambda x: f.multi_margin_loss(x, torch.tensor([0]), reduction="none"), [[1.0, 0.0, 0.5]]),
    case("HingeEmbedding", lambda x: f.hinge_embedding_loss(x, torch.tensor([[-1.0, -1.0, 1.0]]), margin=1.0, reduction="none").mean(1), [[1.0, 0.0, 0.0]]),
    case("MarginRanking", lambda x, y: f.margin_ranking_loss(x, y, torch.ones(1, 3), margin=1.0, reduction="none").mean(1), [[1.0, 1.0, 1.0]], [[0.0, 1.0, -1.0]]),
    case("CosineEmbedding", lambda x, y: f.cosine_embedding_loss(x, y, torch.tensor([-1.0]), margin=0.0, reduction="none"), [[1.0, 0.0]], [[0.0, 1.0]]),
]
print(json.dumps({"cases": cases}))
