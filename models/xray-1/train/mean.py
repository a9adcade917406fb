"""The mean of two checkpoints, tensor by tensor: python mean.py A.pt B.pt OUT.pt"""

import sys

import torch


def main():
    a, b = (torch.load(path, weights_only=True) for path in sys.argv[1:3])
    torch.save({name: 0.5 * a[name] + 0.5 * b[name] for name in a}, sys.argv[3])


if __name__ == "__main__":
    main()
