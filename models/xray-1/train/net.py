"""EfficientNet-Lite0 with two heads: ImageNet weights in, folded tensors out."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

STAGES = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
EPS = 1e-3


def same_pad(x, k, s):
    """TensorFlow's SAME padding, asymmetric where the stride is 2."""
    h, w = x.shape[-2:]
    ph = max((-(-h // s) - 1) * s + k - h, 0)
    pw = max((-(-w // s) - 1) * s + k - w, 0)
    return F.pad(x, (pw // 2, pw - pw // 2, ph // 2, ph - ph // 2))


class Conv(nn.Module):
    """A convolution with SAME padding and bias (batch norm already folded in)."""

    def __init__(self, i, o, k, s=1, groups=1):
        super().__init__()
        self.k, self.s = k, s
        self.conv = nn.Conv2d(i, o, k, s, padding=k // 2 if s == 1 else 0, groups=groups)

    def forward(self, x):
        return self.conv(x if self.s == 1 else same_pad(x, self.k, self.s))


class Block(nn.Module):
    """Inverted bottleneck."""

    def __init__(self, i, o, t, s, k):
        super().__init__()
        self.residual = s == 1 and i == o
        self.expand = Conv(i, i * t, 1) if t != 1 else None
        self.depthwise = Conv(i * t, i * t, k, s, groups=i * t)
        self.project = Conv(i * t, o, 1)

    def forward(self, x):
        y = F.relu6(self.expand(x)) if self.expand is not None else x
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class Net(nn.Module):
    """One grey channel in, logits of both heads out."""

    def __init__(self, examined, visible, dropout=0.2):
        super().__init__()
        self.stem = Conv(1, 32, 3, 2)
        blocks, i = [], 32
        for t, c, n, s, k in STAGES:
            for j in range(n):
                blocks.append(Block(i, c, t, s if j == 0 else 1, k))
                i = c
        self.blocks = nn.ModuleList(blocks)
        self.head = Conv(320, 1280, 1)
        self.dropout = dropout
        self.examined = nn.Linear(1280, examined)
        self.visible = nn.Linear(1280, visible)

    def early(self, x, upto):
        x = F.relu6(self.stem(x))
        for b in self.blocks[:upto]:
            x = b(x)
        return x

    def pooled(self, x, start=0, mix=None, mix_at=()):
        for i, b in enumerate(self.blocks[start:], start):
            if mix is not None and i in mix_at:
                x = mix(x)
            x = b(x)
        return F.relu6(self.head(x)).mean((2, 3))

    def heads(self, f):
        f = F.dropout(f, self.dropout, self.training)
        return self.examined(f), self.visible(f)

    def forward(self, x):
        return self.heads(self.pooled(self.early(x, 0)))

    def load_imagenet(self, path):
        """Folds batch norm of the Apache-2.0 PyTorch weights and sums the stem's colours."""
        s = torch.load(path, map_location="cpu", weights_only=True)

        def put(conv, weight, norm):
            scale = s[norm + ".weight"] / torch.sqrt(s[norm + ".running_var"] + EPS)
            w = s[weight + ".weight"] * scale[:, None, None, None]
            conv.conv.weight.data.copy_(w.sum(1, keepdim=True) if conv is self.stem else w)
            conv.conv.bias.data.copy_(s[norm + ".bias"] - s[norm + ".running_mean"] * scale)

        put(self.stem, "_conv_stem", "_bn0")
        for i, b in enumerate(self.blocks):
            p = f"_blocks.{i}."
            if b.expand is not None:
                put(b.expand, p + "_expand_conv", p + "_bn0")
            put(b.depthwise, p + "_depthwise_conv", p + "_bn1")
            put(b.project, p + "_project_conv", p + "_bn2")
        put(self.head, "_conv_head", "_bn1")
        return self

    def tensors(self):
        """Names as the inference code reads them."""
        return {k.replace(".conv.", "."): v.detach() for k, v in self.state_dict().items()}


class MixStyle(nn.Module):
    """Mixes the channel statistics of pairs of images (Zhou et al., ICLR 2021)."""

    def __init__(self, p=0.5, alpha=0.2):
        super().__init__()
        self.p, self.beta = p, torch.distributions.Beta(alpha, alpha)

    def forward(self, x):
        n = x.shape[0]
        mu = x.mean((2, 3), keepdim=True).detach()
        sd = (x.var((2, 3), keepdim=True) + 1e-6).sqrt().detach()
        lam = self.beta.sample((n, 1, 1, 1))
        lam = torch.where(torch.rand(n, 1, 1, 1) < self.p, lam, torch.ones(()))
        j = torch.randperm(n)
        return (x - mu) / sd * (lam * sd + (1 - lam) * sd[j]) + lam * mu + (1 - lam) * mu[j]
