class _Linear(nn.Sequential):
    """W x + b of all numbers of a row, in a shape."""

    def __init__(self, inputs, shape, bias):
        super().__init__(nn.Linear(inputs, math.prod(shape), bias))
        self.inputs, self.shape = inputs, shape

    def forward(self, x):
        return super().forward(x.reshape(len(x), self.inputs)).reshape(len(x), *self.shape)


class _Mlp(nn.ModuleList):
    """Linear maps of all numbers of a row, with a function after each but the last."""

    def __init__(self, widths, shape, activation, output_activation, dropout):
        super().__init__(nn.Linear(*both) for both in zip(widths, widths[1:]))
        self.inputs, self.shape, self.dropout = widths[0], shape, dropout
        self.activation, self.output_activation = activation, output_activation

    def forward(self, x):
        x = x.reshape(len(x), self.inputs)
        for position, linear in enumerate(self):
            x = linear(x)
            if position + 1 < len(self):
                x = F.dropout(self.activation(x), self.dropout, self.training)
        return self.output_activation(x.reshape(len(x), *self.shape))


class _Ridge(nn.Linear):
    """W x + b of all numbers of a row, in a shape."""

    def __init__(self, inputs, shape):
        super().__init__(inputs, math.prod(shape))
        self.inputs, self.shape = inputs, shape

    def forward(self, x):
        return super().forward(x.reshape(len(x), self.inputs)).reshape(len(x), *self.shape)


class _Bilinear(nn.Bilinear):
    """x W y + b of all numbers of two inputs, in a shape."""

    def __init__(self, inputs, shape, bias):
        super().__init__(*inputs, math.prod(shape), bias)
        self.shape = shape

    def forward(self, x, y):
        rows = len(x)
        return super().forward(x.reshape(rows, -1), y.reshape(rows, -1)).reshape(rows, *self.shape)


class _ProportionalOdds(nn.Linear):
    """Logarithms of the probabilities of classes in an order."""

    def __init__(self, inputs, classes):
        super().__init__(inputs, 1, bias=False)
        self.inputs, self.thresholds = inputs, nn.Parameter(torch.zeros(classes - 1))

    def forward(self, x):
        score = super().forward(x.reshape(len(x), self.inputs))
        distances = self.thresholds[1:]
        above = torch.cat([self.thresholds[:1], F.softplus(distances)]).cumsum(0) - score
        zero = torch.zeros_like(score)
        below = torch.cat([zero, F.logsigmoid(-above)], 1)
        above = torch.cat([F.logsigmoid(above), zero], 1)
        between = torch.cat([zero, F.logsigmoid(distances).expand(len(x), -1), zero], 1)
        return above + below + between


class _Embedding(nn.Embedding):
    """The vector of a code."""

    def forward(self, x):
        return super().forward(x.long())


class _OneHot(nn.Module):
    """1 at the place of a code."""

    def __init__(self, entries):
        super().__init__()
        self.entries = entries
        self.register_buffer("zero", torch.zeros(()), persistent=False)

    def forward(self, x):
        return F.one_hot(x.long(), self.entries).to(self.zero.dtype)


class _FillMissing(nn.Module):
    """A number in the place of NaN."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        return torch.where(x.isnan(), torch.full_like(x, self.value), x)


class _IsMissing(nn.Module):
    """1 where a number is NaN."""

    def forward(self, x):
        return x.isnan().to(x.dtype)


class _ArgMax(nn.Module):
    """The place of the largest number."""

    def forward(self, x):
        place = x.argmax(1).to(x.dtype)
        return torch.where(x.isnan().any(1), torch.full_like(place, math.nan), place)


class _Reshape(nn.Module):
    """The numbers of a row in another shape."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


class _Transpose(nn.Module):
    """The last two axes, exchanged."""

    def forward(self, x):
        return x.transpose(-1, -2)


class _Concat(nn.Module):
    """Inputs, joined along an axis; the others are filled up to a size where one is given."""

    def __init__(self, dim, sizes=None, value=0.0):
        super().__init__()
        self.dim, self.sizes, self.value = dim, sizes, value

    def filled(self, x):
        if self.sizes is None:
            return x
        missing = []
        for axis in range(x.dim() - 1, 0, -1):
            missing += [0, 0 if axis == self.dim else self.sizes[axis - 1] - x.shape[axis]]
        return F.pad(x, missing, value=self.value)

    def forward(self, *inputs):
        return torch.cat([self.filled(x) for x in inputs], self.dim)


class _Stack(nn.Module):
    """Inputs, along a new axis."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, *inputs):
        return torch.stack(inputs, self.dim)


class _Add(nn.Module):
    """The sum of inputs."""

    def forward(self, *inputs):
        return torch.stack(inputs).sum(0)


class _Mean(nn.Module):
    """The mean of inputs."""

    def forward(self, *inputs):
        return torch.stack(inputs).mean(0)


class _Multiply(nn.Module):
    """The product of inputs."""

    def forward(self, *inputs):
        return torch.stack(inputs).prod(0)


class _AttentionPool(nn.Module):
    """The sum of inputs, each times a weight that is learned."""

    def __init__(self, width, hidden, shape):
        super().__init__()
        self.hidden, self.score, self.shape = nn.Linear(width, hidden), nn.Linear(hidden, 1, bias=False), shape

    def forward(self, *inputs):
        x = torch.stack([x.reshape(len(x), -1) for x in inputs], 1)
        weights = self.score(self.hidden(x).tanh()).softmax(1)
        return (x * weights).sum(1).reshape(len(x), *self.shape)


class _Recurrent(nn.Module):
    """h of the last layer at each position, or after the last step of each direction."""

    last = False

    def forward(self, x):
        h, state = super().forward(x)
        if not self.last:
            return h
        state = state[0] if isinstance(state, tuple) else state
        return torch.cat(list(state[-2:]), -1) if self.bidirectional else state[-1]


class _Gru(_Recurrent, nn.GRU):
    """A GRU over [rows, length, width]."""


class _Lstm(_Recurrent, nn.LSTM):
    """An LSTM over [rows, length, width]."""


class _Rnn(_Recurrent, nn.RNN):
    """A recurrent net over [rows, length, width]."""


class _GruAtEnd(_Gru):
    """A GRU of which the end is wanted."""

    last = True


class _LstmAtEnd(_Lstm):
    """An LSTM of which the end is wanted."""

    last = True


class _RnnAtEnd(_Rnn):
    """A recurrent net of which the end is wanted."""

    last = True


class _MeanOfSequence(nn.Module):
    """The mean over positions."""

    def forward(self, x):
        return x.mean(1)


class _SumOfSequence(nn.Module):
    """The sum over positions."""

    def forward(self, x):
        return x.sum(1)


class _MaxOfSequence(nn.Module):
    """The largest over positions."""

    def forward(self, x):
        return x.amax(1)


class _LastOfSequence(nn.Module):
    """The last position."""

    def forward(self, x):
        return x[:, -1]


class _MultiHeadAttention(nn.MultiheadAttention):
    """Attention of a sequence to itself."""

    def __init__(self, width, heads, dropout, bias, causal):
        super().__init__(width, heads, dropout, bias, batch_first=True)
        self.causal = causal

    def forward(self, x):
        mask = _later(x) if self.causal else None
        return super().forward(x, x, x, need_weights=False, attn_mask=mask)[0]


class _TransformerEncoder(nn.TransformerEncoderLayer):
    """Attention of a sequence to itself, and linear maps behind it."""

    def __init__(self, width, heads, feed_forward, dropout, activation, epsilon, pre_norm, causal):
        super().__init__(
            width, heads, feed_forward, dropout, activation, epsilon, batch_first=True, norm_first=pre_norm
        )
        self.causal = causal

    def forward(self, x):
        return super().forward(x, src_mask=_later(x) if self.causal else None)


def _later(x):
    """Which positions stand behind each, and are not seen by it."""
    length = x.shape[1]
    return torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)


class _GlobalAvgPool(nn.Module):
    """The mean of each channel."""

    def forward(self, x):
        return x.flatten(2).mean(2)


class _GlobalMaxPool(nn.Module):
    """The largest of each channel."""

    def forward(self, x):
        return x.flatten(2).amax(2)


class _Cnn1d(nn.ModuleList):
    """Convolutions, each with a function, dropout and a pool behind it, and a linear map of what remains."""

    def __init__(self, channels, kernel, pools, width, shape, activation, dropout):
        convolutions = [nn.Conv1d(*both, kernel, padding=kernel // 2) for both in zip(channels, channels[1:])]
        super().__init__([*convolutions, nn.Linear(width, math.prod(shape))])
        self.channels, self.pools, self.shape = channels[0], pools, shape
        self.activation, self.dropout = activation, dropout

    def forward(self, x):
        x = x.reshape(len(x), self.channels, -1)
        *convolutions, head = self
        for convolution, pool in zip(convolutions, self.pools):
            x = F.dropout(self.activation(convolution(x)), self.dropout, self.training)
            x = F.max_pool1d(x, pool) if pool > 1 else x
        return head(x.flatten(1)).reshape(len(x), *self.shape)


class _Residual(nn.Sequential):
    """x + f(x)."""

    def forward(self, x):
        return x + super().forward(x)


def _same(x):
    """No function."""
    return x


def _gelu_tanh(x):
    """GELU with its approximation by tanh."""
    return F.gelu(x, approximate="tanh")


def _softmax(x):
    """Softmax over the last axis."""
    return F.softmax(x, -1)


def _log_softmax(x):
    """The logarithm of softmax over the last axis."""
    return F.log_softmax(x, -1)
