"""Converts the EfficientNet-Lite0 weights into an ONNX graph.

In `image` f32 [batch, 3, 224, 224], RGB as (x - 127) / 128; out `embedding` f32 [batch, 1280], the mean of the last
maps, and `logits` f32 [batch, 1000] over ImageNet's classes.
"""

from pathlib import Path

import numpy as np

from .graph import FLOAT, Graph
from .torch_weights import read_weights

SIDE = 224
FEATURES, CLASSES = 1280, 1000
BATCH_NORM_EPSILON = 1e-3  # as the original was trained
# How many blocks in a row, and the step of the first.
STAGES = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)]


def convert(sources: dict[str, Path], target: Path) -> None:
    """Writes the graph made of `sources["weights"]` to `target`."""
    _Converter(read_weights(sources["weights"])).build().write(target)


class _Converter:
    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights
        self.graph = Graph("efficientnet_lite0")
        self.side = SIDE  # of the maps made last

    def build(self) -> Graph:
        g = self.graph
        x = g.input("image", FLOAT, ["batch", 3, SIDE, SIDE])
        x = self.limited(self.convolution(x, "_conv_stem", "_bn0", step=2))
        for block, step in enumerate(_steps()):
            x = self.block(f"_blocks.{block}", x, step)
        x = self.limited(self.convolution(x, "_conv_head", "_bn1"))
        embedding = g.add("Flatten", g.add("GlobalAveragePool", x))
        g.output(embedding, "embedding", FLOAT, ["batch", FEATURES])
        classes = (g.constant(self.weights[f"_fc.{part}"]) for part in ("weight", "bias"))
        g.output(g.add("Gemm", embedding, *classes, transB=1), "logits", FLOAT, ["batch", CLASSES])
        return g

    def block(self, name: str, x: str, step: int) -> str:
        """Returns a narrow map widened, filtered channel by channel and narrowed again, added to x where it has its shape."""
        layers = ("_expand_conv", "_depthwise_conv", "_project_conv")
        widening, filters, narrowing = (self.weights.get(f"{name}.{layer}.weight") for layer in layers)
        wide = x if widening is None else self.limited(self.convolution(x, f"{name}._expand_conv", f"{name}._bn0"))
        wide = self.convolution(wide, f"{name}._depthwise_conv", f"{name}._bn1", step, group=len(filters))
        narrow = self.convolution(self.limited(wide), f"{name}._project_conv", f"{name}._bn2")
        alike = widening is not None and step == 1 and widening.shape[1] == len(narrowing)
        return self.graph.add("Add", narrow, x) if alike else narrow

    def convolution(self, x: str, layer: str, norm: str, step: int = 1, group: int = 1) -> str:
        """Returns a convolution with its batch normalisation folded in; what padding is uneven goes to the end."""
        kernel, bias = self.folded(layer, norm)
        edge = kernel.shape[-1]
        missing = max(edge - step if self.side % step == 0 else edge - self.side % step, 0)
        pads = [missing // 2] * 2 + [missing - missing // 2] * 2
        self.side = -(-self.side // step)
        constants = (self.graph.constant(array) for array in (kernel, bias))
        return self.graph.add(
            "Conv", x, *constants, kernel_shape=[edge, edge], strides=[step, step], pads=pads, group=group
        )

    def folded(self, layer: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
        parts = ("weight", "bias", "running_mean", "running_var")
        gamma, beta, mean, variance = (self.weights[f"{norm}.{part}"].astype(np.float64) for part in parts)
        scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
        kernel = self.weights[f"{layer}.weight"] * scale[:, None, None, None]
        return kernel.astype(np.float32), (beta - mean * scale).astype(np.float32)

    def limited(self, x: str) -> str:
        """Returns x between 0 and 6."""
        g = self.graph
        return g.add("Clip", x, g.constant(np.float32(0)), g.constant(np.float32(6)))


def _steps() -> list[int]:
    """Returns the step of each block: only the first of a stage steps."""
    return [step if block == 0 else 1 for blocks, step in STAGES for block in range(blocks)]
