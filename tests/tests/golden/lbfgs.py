"""Writes lbfgs.json: steps of L-BFGS by torch 2.15.0 (`pip install torch==2.15.0`) down Rosenbrock's valley.

    python tests/tests/golden/lbfgs.py > tests/tests/golden/lbfgs.json
"""

import json

import torch

torch.set_default_dtype(torch.float64)


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def case(lr, history, init, steps):
    parameters = [torch.tensor(part, requires_grad=True) for part in init]
    optimizer = torch.optim.LBFGS(parameters, lr=lr, max_iter=1, history_size=history)

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(torch.cat(parameters))
        loss.backward()
        return loss

    expected = []
    for _ in range(steps):
        optimizer.step(closure)
        expected.append(torch.cat(parameters).tolist())
    return {"lr": lr, "history": history, "init": init, "expected": expected}


init = [[-0.5, 0.3, 0.2], [0.1, -0.4]]
cases = [case(1.0, 10, init, 20), case(0.5, 3, init, 20), case(0.1, 1, init, 20), case(1.0, 5, [[1.2, 1.1], [0.9]], 40)]
print(json.dumps({"cases": cases}))
