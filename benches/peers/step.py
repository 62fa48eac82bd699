"""PyTorch's training steps: for each line `WORK torch|torch_fused THREADS`, the seconds of a step."""

import sys
import time

import torch
from torch import nn

ROUNDS = {"mlp_small": 300, "mlp": 100, "mlp_classes": 20, "cnn_small": 100, "cnn": 40, "lstm": 60, "transformer": 30, "triplet": 200}


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 32, batch_first=True), nn.Linear(32, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def cnn(channels, length):
    return nn.Sequential(
        nn.Conv1d(1, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv1d(channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(channels * length, 1),
    )


def mlp(*widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def block():
    return nn.Sequential(nn.TransformerEncoderLayer(64, 4, 256, 0.0, batch_first=True), nn.Flatten(), nn.Linear(2048, 1))


WORKS = {
    "mlp_small": (lambda: mlp(10, 32, 32, 1), (10,), 32),
    "mlp": (lambda: mlp(101, 256, 256, 1), (101,), 128),
    "mlp_classes": (lambda: mlp(784, 512, 512, 10), (784,), 256),
    "cnn_small": (lambda: cnn(16, 101), (1, 101), 32),
    "cnn": (lambda: cnn(32, 64), (1, 64), 128),
    "lstm": (Last, (50, 8), 32),
    "transformer": (block, (32, 64), 32),
    "triplet": (lambda: mlp(64, 64, 32), (64,), 64),
}


def ready(name, fused):
    make, shape, batch = WORKS[name]
    torch.manual_seed(1)
    net = make()
    adam = torch.optim.Adam(net.parameters(), 1e-3, fused=fused)
    rows = batch * 32
    x = torch.randn(rows, *shape)
    y = torch.arange(rows) % 10 if name == "mlp_classes" else torch.randn(rows, 1)
    loss_of = nn.CrossEntropyLoss() if name == "mlp_classes" else nn.MSELoss()
    triplets = nn.TripletMarginLoss(1.0)

    def step(order):
        adam.zero_grad()
        if name == "triplet":
            anchor, positive, negative = (x.index_select(0, order.roll(shift)) for shift in (0, 1, 2))
            loss = triplets(net(anchor), net(positive), net(negative))
        else:
            loss = loss_of(net(x.index_select(0, order)), y.index_select(0, order))
        loss.backward()
        adam.step()

    orders = torch.randperm(rows).split(batch)
    for order in orders[:20]:
        step(order)
    return step, orders


def main():
    known = {}
    for line in sys.stdin:
        name, side, threads = line.split()
        torch.set_num_threads(int(threads))
        if (name, side) not in known:
            known[name, side] = ready(name, side == "torch_fused")
        step, orders = known[name, side]
        start = time.perf_counter()
        for round in range(ROUNDS[name]):
            step(orders[round % len(orders)])
        print((time.perf_counter() - start) / ROUNDS[name], flush=True)


main()
