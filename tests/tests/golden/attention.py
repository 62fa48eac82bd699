"""Writes attention.json: attention and encoder blocks of torch 2.15.0 (`pip install torch==2.15.0`) with gradients.

    python tests/tests/golden/attention.py > tests/tests/golden/attention.json
"""

import json

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.backends.mha.set_fastpath_enabled(False)


def case(name, params, layer, run, shape):
    for parameter in layer.parameters():
        torch.nn.init.uniform_(parameter, -0.9, 0.9)
    x = torch.empty(shape).uniform_(-2, 2).requires_grad_()
    cotangent = torch.empty(shape).uniform_(-1, 1)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(shape[1]) if params["causal"] else None
    output = run(layer, x, mask)
    (output * cotangent).sum().backward()
    parameters = dict(layer.named_parameters())
    return {
        "layer": name,
        "params": params,
        "input": x.tolist(),
        "weights": {name: parameter.tolist() for name, parameter in parameters.items()},
        "cotangent": cotangent.tolist(),
        "expected": {
            "output": output.tolist(),
            "grad_input": x.grad.tolist(),
            "grad_params": {name: parameter.grad.tolist() for name, parameter in parameters.items()},
        },
    }


def attention(heads, width, shape, causal, bias):
    layer = torch.nn.MultiheadAttention(width, heads, bias=bias, batch_first=True)
    params = {"heads": heads, "causal": causal, "bias": bias}
    return case(
        "MultiheadAttention", params, layer, lambda layer, x, mask: layer(x, x, x, attn_mask=mask)[0], (*shape, width)
    )


def block(heads, width, shape, causal, hidden, activation, pre_norm):
    layer = torch.nn.TransformerEncoderLayer(
        width, heads, hidden, 0.0, activation, batch_first=True, norm_first=pre_norm
    )
    params = {"heads": heads, "causal": causal, "hidden": hidden, "activation": activation, "pre_norm": pre_norm}
    return case("TransformerEncoderLayer", params, layer, lambda layer, x, mask: layer(x, src_mask=mask), (*shape, width))


torch.manual_seed(7)
cases = [
    attention(2, 4, (2, 3), False, True),
    attention(1, 3, (1, 4), True, True),
    attention(3, 6, (2, 2), True, False),
    attention(4, 4, (3, 1), False, True),
    block(2, 4, (2, 3), False, 5, "relu", False),
    block(1, 3, (1, 4), True, 12, "gelu", True),
    block(2, 6, (2, 2), True, 4, "gelu", False),
]
print(json.dumps({"cases": cases}))
