"""Weights of a module of PyTorch with what it computes, all in one safetensors file.

    python torch_weights.py

writes torch_weights.safetensors beside it; with torch 2.15.0 and safetensors 0.8.0.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(3)


class Net(nn.Module):
    """A map, a convolution, and both recurrent nets with gates, over [rows, 5, 3]."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(15, 4), nn.ReLU(), nn.Linear(4, 3))
        self.filters = nn.Conv1d(5, 2, 2)
        self.gru = nn.GRU(3, 2, num_layers=2, batch_first=True)
        self.lstm = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return {
            "map": self.norm(self.backbone(x.flatten(1))),
            "conv": self.filters(x),
            "gru": self.gru(x)[0],
            "lstm": self.lstm(x)[0],
        }


net = Net()
# Running values that are not those of the beginning.
for _ in range(3):
    net(torch.randn(8, 5, 3))
net.eval()
with torch.no_grad():
    x = torch.randn(4, 5, 3)
    outputs = {f"expected.{name}": y.contiguous() for name, y in net(x).items()}
save_file({**net.state_dict(), "x": x, **outputs}, Path(__file__).with_suffix(".safetensors"))
