"""The frozen blocks as ONNX: python export_early.py WEIGHTS.pth OUT.onnx UPTO [--state trained.pt]."""

import sys

import torch

from net import Net


class Early(torch.nn.Module):
    def __init__(self, net, upto):
        super().__init__()
        self.net, self.upto = net, upto

    def forward(self, x):
        return self.net.early(x, self.upto)


net = Net(35, 36).load_imagenet(sys.argv[1]).eval()
upto = int(sys.argv[3])
torch.onnx.export(Early(net, upto), (torch.zeros(2, 1, 160, 160),), sys.argv[2], input_names=["x"], output_names=["y"],
                  dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, dynamo=False, opset_version=17)
