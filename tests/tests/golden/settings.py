"""Writes settings.json: settings that the other vectors do not show, of torch 2.15.0 and scikit-learn 1.9.1.

    pip install torch==2.15.0 scikit-learn==1.9.1
    python tests/tests/golden/settings.py > tests/tests/golden/settings.json
"""

import json

import numpy as np
import torch
import torch.nn.functional as f
from sklearn import metrics, model_selection, preprocessing
from torch.optim import SGD, lr_scheduler

torch.set_default_dtype(torch.float64)
torch.manual_seed(5)
cases = []


def case(kind, name, settings, inputs, expected, **more):
    cases.append({"kind": kind, "name": name, "settings": settings, "inputs": inputs, "expected": expected, **more})


def layer(name, settings, module, x):
    x = torch.tensor(x, requires_grad=True)
    y = module(x)
    y.pow(2).sum().backward()
    weights = {key: value.tolist() for key, value in module.state_dict().items()} if hasattr(module, "state_dict") else {}
    case("layer", name, settings, [x.tolist()], y.tolist(), gradient=x.grad.tolist(), weights=weights)


around = [[-7.0, -3.5, -1.0, -0.25, 0.5, 2.0, 5.5, 9.0]]
layer("Relu6", {}, torch.nn.ReLU6(), around)
# torch.nn.Hardsigmoid multiplies by 1/6 in single precision, also of double numbers.
layer("Hardsigmoid", {}, lambda x: f.relu6(x + 3) / 6, around)
layer("PRelu", {"slope": 0.1}, torch.nn.PReLU(init=0.1), around)
layer("PRelu", {"slope": 0.3, "per_channel": True}, torch.nn.PReLU(3, init=0.3), torch.randn(2, 3, 4).tolist())
layer("PositionwiseLinear", {"width": 3}, torch.nn.Linear(4, 3), torch.randn(2, 5, 4).tolist())
layer("PositionwiseLinear", {"width": 2, "no_bias": True}, torch.nn.Linear(4, 2, bias=False), torch.randn(2, 4).tolist())


def loss(name, settings, run, *inputs, whole=()):
    tensors = [torch.tensor(values, requires_grad=place not in whole) for place, values in enumerate(inputs)]
    values = run(*tensors)
    values.sum().backward()
    gradients = [[] if place in whole else tensor.grad.tolist() for place, tensor in enumerate(tensors)]
    case("loss", name, settings, [tensor.tolist() for tensor in tensors], values.tolist(), gradient=gradients)


rates, counts = torch.rand(6).tolist(), [0.0, 1.0, 2.0, 3.0, 0.0, 5.0]
for eps in [0.01, 0.5]:
    run = lambda x, y, eps=eps: f.poisson_nll_loss(x, y, log_input=False, eps=eps, reduction="none")
    loss("PoissonNll", {"of_rates": True, "eps": eps}, run, rates, counts)
scores, right = torch.randn(5, 3).tolist(), [0, 2, 1, 1, 0]
weights = torch.tensor([0.5, 2.0, 1.0])
for squared, weight in [(True, None), (False, weights), (True, weights)]:
    run = lambda x, y: f.multi_margin_loss(x, y, p=2 if squared else 1, margin=0.7, weight=weight, reduction="none")
    settings = {"margin": 0.7, "squared": squared, "weights": [] if weight is None else weight.tolist()}
    loss("MultiMargin", settings, run, scores, right, whole=(1,))
triple = [torch.randn(4, 5).tolist() for _ in range(3)]
for norm, eps, swap in [(1.0, 1e-6, False), (3.0, 1e-3, True), (2.0, 0.05, True), (1.5, 1e-2, False)]:
    run = lambda a, p, n: f.triplet_margin_loss(a, p, n, margin=1.0, p=norm, eps=eps, swap=swap, reduction="none")
    loss("TripletMargin", {"norm": norm, "eps": eps, "swap": swap}, run, *triple)


def rate(name, settings, make, times, momentum=False):
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    schedule = make(optimizer)
    found, momenta = [], []
    for _ in range(times):
        found.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        schedule.step()
    case("rate", name, settings, [], found, momentum=momenta if momentum else [])


rate("Ramp", {"over": 5, "from": 0.2, "to": 0.6}, lambda o: lr_scheduler.LinearLR(o, 0.2, 0.6, 5), 8)
rate("Ramp", {"over": 4, "from": 1.0, "to": 0.0}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 4), 7)
for linear in [True, False]:
    make = lambda o: lr_scheduler.OneCycleLR(
        o, 1.0, total_steps=20, pct_start=0.3, three_phase=True, anneal_strategy="linear" if linear else "cos"
    )
    rate("OneCycle", {"over": 20, "three_phase": True, "linear": linear}, make, 20, True)
make = lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, step_size_up=3, step_size_down=2, mode="exp_range", gamma=0.9)
rate("Triangle", {"up": 3, "down": 2, "low": 0.1, "decay": 0.9}, make, 14, True)

truth, guess = [0, 0, 1, 2, 2, 2, 3, 1, 0], [0, 1, 1, 2, 0, 2, 2, 3, 3]
for weighting in ["Equal", "Linear", "Quadratic"]:
    name = None if weighting == "Equal" else weighting.lower()
    value = metrics.cohen_kappa_score(truth, guess, weights=name)
    case("metric", "CohenKappa", {"disagreement": weighting}, [guess, truth], value)
missing, found = [0, 0, 1, 3], [0, 2, 2, 0]
for zero in [0.0, 1.0]:
    for average in ["Macro", "Weighted"]:
        more = {"average": average.lower(), "zero_division": zero}
        settings = {"average": average, "zero_division": zero}
        case("metric", "Precision", settings, [found, missing], metrics.precision_score(missing, found, **more))
        case("metric", "Recall", settings, [found, missing], metrics.recall_score(missing, found, **more))
        case("metric", "F1", settings, [found, missing], metrics.f1_score(missing, found, **more))
        case("metric", "FBeta", settings, [found, missing], metrics.fbeta_score(missing, found, beta=2.0, **more))
        case("metric", "Jaccard", settings, [found, missing], metrics.jaccard_score(missing, found, **more))
scores = np.round(np.random.default_rng(3).random(30), 1).tolist()
classes = (np.random.default_rng(4).random(30) < 0.4).astype(int).tolist()
for most in [0.05, 0.2, 0.5, 0.9, 1.0]:
    value = metrics.roc_auc_score(classes, scores, max_fpr=most)
    case("metric", "RocAuc", {"max_fpr": most}, [scores, classes], value)

for most, gap in [(3, 0), (2, 1), (50, 2)]:
    split = model_selection.TimeSeriesSplit(3, max_train_size=most, gap=gap).split(np.zeros(14))
    expected = [[train.tolist(), test.tolist()] for train, test in split]
    case("folds", "TimeFolds", {"folds": 3, "most_train": most, "gap": gap}, [14], expected)

some = torch.randn(2, 3, 4).tolist()
for axis, dim in [(0, 1), (1, 2), (-2, -2), (-1, -1)]:
    layer("Softmax", {"axis": axis}, torch.nn.Softmax(dim), some)
    layer("LogSoftmax", {"axis": axis}, torch.nn.LogSoftmax(dim), some)
for low, high in [(0.0, 1.0), (-2.5, 4.0)]:
    layer("Hardtanh", {"low": low, "high": high}, torch.nn.Hardtanh(low, high), around)

for bias in [True, False]:
    module = torch.nn.Bilinear(3, 2, 4, bias=bias)
    a, b = torch.randn(5, 3, requires_grad=True), torch.randn(5, 2, requires_grad=True)
    y = module(a, b)
    y.pow(2).sum().backward()
    weights = {name: value.tolist() for name, value in module.state_dict().items()}
    gradient = {"a": a.grad.tolist(), "b": b.grad.tolist(), **{name: p.grad.tolist() for name, p in module.named_parameters()}}
    case("bilinear", "Bilinear", {"no_bias": not bias}, [a.tolist(), b.tolist()], y.tolist(), gradient=gradient, weights=weights)

codes = torch.tensor([[2, 0, 2, 3], [1, 1, 0, 4], [4, 2, 3, 3]])
for padding in [None, 2]:
    module = torch.nn.Embedding(5, 3, padding_idx=padding)
    drawn = module.weight.detach().clone()
    y = module(codes)
    (y.pow(2).sum() + y.sum()).backward()
    case("embedding", "Embedding", {"padding": padding}, [codes.tolist()], y.tolist(), gradient=module.weight.grad.tolist(),
         weights={"weight": drawn.tolist()})
for mode, ours in [("sum", "SumOfSequence"), ("mean", "MeanOfSequence"), ("max", "MaxOfSequence")]:
    module = torch.nn.EmbeddingBag(5, 3, mode=mode)
    y = module(codes)
    (y.pow(2).sum() + y.sum()).backward()
    case("embedding", ours, {"padding": None}, [codes.tolist()], y.tolist(), gradient=module.weight.grad.tolist(),
         weights={"weight": module.weight.tolist()})

learned, held_out = np.random.default_rng(6).normal(size=(6, 3)), 3 * np.random.default_rng(7).normal(size=(5, 3))
for clip in [False, True]:
    scaler = preprocessing.MaxAbsScaler(clip=clip).fit(learned)
    scaled = scaler.transform(held_out)
    expected = [scaled.tolist(), scaler.inverse_transform(scaled).tolist()]
    case("scaler", "MaxAbs", {"clip": clip}, [learned.tolist(), held_out.tolist()], expected)

print(json.dumps({"cases": cases}))
