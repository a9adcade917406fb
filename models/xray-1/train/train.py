"""Trains the late blocks and both heads on kept maps; writes a checkpoint with averaged weights: resumable.

python train.py WEIGHTS.pth OUT.pt MAPS.npz... --start 11 --minutes 15 [--resume OLD.pt] [--validation MAPS.npz...]
"""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
from net import MixStyle, Net

REAL_KEYS = ["CH", "SP", "PE"]


class Maps:
    """All kept maps as one table."""

    def __init__(self, paths):
        parts = [np.load(p) for p in paths]
        self.maps = [p["maps"] for p in parts]
        self.bounds = np.cumsum([0] + [len(m) for m in self.maps])
        self.labels = np.concatenate([p["labels"] for p in parts]).astype(np.int64)
        self.visible = np.concatenate([p["visible"] for p in parts])
        self.domains = np.concatenate([p["domains"] for p in parts])

    def __len__(self):
        return len(self.labels)

    def take(self, rows):
        part = np.searchsorted(self.bounds, rows, side="right") - 1
        x = np.stack([self.maps[p][i - self.bounds[p]] for p, i in zip(part, rows)]).astype(np.float32)
        return torch.from_numpy(x), torch.from_numpy(self.labels[rows]), torch.from_numpy(self.visible[rows]), torch.from_numpy(self.domains[rows])


def weights(maps, real_share=0.11, reject_share=0.12):
    """Renderings: each label alike; others by the root of their number; the domains by share."""
    w = np.zeros(len(maps))
    for domain, share in ((0, 1 - real_share - reject_share), (1, real_share), (2, reject_share)):
        mine = maps.domains == domain
        labels, counts = np.unique(maps.labels[mine], return_counts=True)
        share_of = np.sqrt(counts) if domain else np.ones(len(labels))
        for label, n, part in zip(labels, counts, share_of / share_of.sum()):
            w[mine & (maps.labels == label)] = share * part / n
    return w / w.sum()


def loss(examined, visible, y, v, d, mask, smoothing=0.05):
    """Cross entropy, for real images half of it over the labels with real images only; visibility on exact truth."""
    full = F.cross_entropy(examined, y, reduction="none", label_smoothing=smoothing)
    narrow = F.cross_entropy(examined.masked_fill(~mask, -30.0), y, reduction="none")
    ce = torch.where(d == 1, 0.5 * full + 0.5 * narrow, full).mean()
    known = v >= 0
    target = (v >= data.VISIBLE_SHARE).float()
    certain = known & ~((v > 0.05) & (v < 0.2))
    bce = F.binary_cross_entropy_with_logits(visible, target, reduction="none")
    return ce + 2.0 * (bce * certain).sum() / certain.sum().clamp(min=1), ce.item()


@torch.no_grad()
def score(net, maps, start, limit=3000):
    net.eval()
    rows = np.linspace(0, len(maps) - 1, min(limit, len(maps))).astype(int)
    right, hit, seen, claimed, wrong = 0, 0, 0, 0, 0
    for at in range(0, len(rows), 128):
        x, y, v, _ = maps.take(rows[at : at + 128])
        e, s = net.heads(net.pooled(x.contiguous(memory_format=torch.channels_last), start))
        right += (e.argmax(1) == y).sum().item()
        on, must, cannot = s > 0, v >= 0.35, (v >= 0) & (v < 0.02)
        hit, seen = hit + (on & must).sum().item(), seen + must.sum().item()
        wrong, claimed = wrong + (on & cannot).sum().item(), claimed + cannot.sum().item()
    net.train()
    return right / len(rows), hit / max(seen, 1), wrong / max(claimed, 1)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights")
    p.add_argument("out")
    p.add_argument("maps", nargs="+")
    p.add_argument("--start", type=int, default=11)
    p.add_argument("--minutes", type=float, default=15)
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--rate", type=float, default=6e-4)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--resume")
    p.add_argument("--snapshots", type=int, default=0, help="keeps the averaged weights beside OUT each so many steps")
    p.add_argument("--validation", nargs="*", default=[])
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    r = np.random.default_rng(a.seed)
    net = Net(data.REJECT + 1, len(data.KEYS)).load_imagenet(a.weights)
    if a.resume:
        net.load_state_dict(torch.load(a.resume, weights_only=True))
    net = net.to(memory_format=torch.channels_last).train()
    maps = Maps(a.maps)
    w = weights(maps)
    held = Maps(a.validation) if a.validation else None
    late = list(net.blocks[a.start :].parameters()) + list(net.head.parameters())
    heads = list(net.examined.parameters()) + list(net.visible.parameters())
    for q in net.parameters():
        q.requires_grad = False
    for q in late + heads:
        q.requires_grad = True
    opt = torch.optim.AdamW([{"params": late, "lr": a.rate, "k": 1.0}, {"params": heads, "lr": 3 * a.rate, "k": 3.0}], weight_decay=0.02)
    mean = copy.deepcopy(net)
    mix = MixStyle()
    mask = torch.zeros(data.REJECT + 1, dtype=torch.bool)
    mask[[data.EXAMINED.index(k) for k in REAL_KEYS] + [data.REJECT]] = True
    began, told = time.time(), 0.0
    for step in range(a.steps):
        done = max(step / a.steps, (time.time() - began) / 60 / a.minutes)
        if done >= 1:
            break
        rate = a.rate * min(1, (step + 1) / 100) * (0.5 * (1 + np.cos(np.pi * done)) * 0.97 + 0.03)
        for g in opt.param_groups:
            g["lr"] = rate * g["k"]
        x, y, v, d = maps.take(r.choice(len(maps), a.batch, p=w))
        if r.random() < 0.5:
            x = x.flip(3)
        x = x.contiguous(memory_format=torch.channels_last)
        e, s = net.heads(net.pooled(x, a.start, mix, (a.start,)))
        total, ce = loss(e, s, y, v, d, mask)
        opt.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(late + heads, 5.0)
        opt.step()
        keep = min(0.998, (step + 1) / (step + 20))
        with torch.no_grad():
            for m, q in zip(mean.parameters(), net.parameters()):
                if q.requires_grad:
                    m.lerp_(q, 1 - keep)
        if a.snapshots and step and step % a.snapshots == 0:
            torch.save(mean.state_dict(), f"{a.out}.{step}")
        if step % 20 == 0:
            print(f"step {step} done {done:.2f} ce {ce:.3f} total {total.item():.3f} {(step + 1) * a.batch / (time.time() - began):.0f}/s", flush=True)
        if held is not None and time.time() - told > 240:
            told = time.time()
            print("held %.3f visible %.3f wrong %.4f" % score(mean, held, a.start, 1000), flush=True)
            torch.save(mean.state_dict(), a.out)
    torch.save(mean.state_dict(), a.out)
    if held is not None:
        print("held %.3f visible %.3f wrong %.4f" % score(mean, held, a.start), flush=True)
    print("wrote", Path(a.out).name)


if __name__ == "__main__":
    main()
