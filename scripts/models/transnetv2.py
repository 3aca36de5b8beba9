"""Converts the TransNetV2 weights into an ONNX graph for windows of any length.

In `frames` uint8 [batch, window, 27, 48, 3] RGB; out `single_frame` and `many_hot` f32
[batch, window], probabilities. Only 2-D convolutions are used, because ONNX Runtime runs them a
quarter faster on a CPU than the 3-D ones of the original.
"""

from pathlib import Path

import numpy as np

from .graph import FLOAT, UINT8, Graph
from .torch_weights import read_weights

HEIGHT, WIDTH, CHANNELS = 27, 48, 3
DILATIONS = (1, 2, 4, 8)
BLOCKS, SUB_BLOCKS = 3, 2
LOOKUP = 101  # frames a similarity window spans, the frame itself in the middle
BIN_SIDE = 8  # bins of each colour channel
BATCH_NORM_EPSILON = 1e-3  # as the original was trained
LENGTH_EPSILON = 1e-12  # as the original normalises vectors


def convert(sources: dict[str, Path], target: Path) -> None:
    """Writes the graph made of `sources["weights"]` to `target`."""
    _Converter(read_weights(sources["weights"])).build().write(target)


class _Converter:
    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights
        self.graph = Graph("transnetv2")

    def build(self) -> Graph:
        g = self.graph
        frames = g.input("frames", UINT8, ["batch", "window", HEIGHT, WIDTH, CHANNELS])
        self.batch_and_window = g.add("Slice", g.add("Shape", frames), g.ints(0), g.ints(2))
        pixels = self.channels_first(frames)
        blocks, height, width = [pixels], HEIGHT, WIDTH
        for block in range(BLOCKS):
            blocks.append(self.block(block, blocks[-1], height, width))
            height, width = height // 2, width // 2
        histogram = self.windowed(self.histograms(pixels), "color_hist_layer.fc")
        similarity = self.windowed(self.projections(blocks[1:]), "frame_sim_layer.fc")
        flat = self.per_frame(blocks[-1], -1)
        features = g.add("Concat", histogram, similarity, flat, axis=2)
        self.heads(self.hidden_layer(features, height * width))
        return g

    def channels_first(self, frames: str) -> str:
        """Returns the frames as [batch * window, channel, height, width], 0..255."""
        g = self.graph
        flat = g.add("Reshape", frames, g.ints(-1, HEIGHT, WIDTH, CHANNELS))
        return g.add("Transpose", g.add("Cast", flat, to=FLOAT), perm=[0, 3, 1, 2])

    def block(self, block: int, x: str, height: int, width: int) -> str:
        """Returns two sub-blocks with a shortcut around the second, pooled to half the size."""
        g = self.graph
        first = self.sub_block(f"SDDCNN.{block}.DDCNN.0", x, height, width)
        second = self.sub_block(f"SDDCNN.{block}.DDCNN.1", first, height, width)
        return g.add("AveragePool", g.add("Add", first, second), kernel_shape=[2, 2], strides=[2, 2])

    def sub_block(self, name: str, x: str, height: int, width: int) -> str:
        """Returns the four dilated branches over x, side by side: one spatial convolution, then four in time."""
        g = self.graph
        spatial = g.add("Conv", x, g.constant(self.spatial_kernel(name)), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        timed = g.add("Transpose", self.per_frame(spatial, self.spatial_filters(name), height * width), perm=[0, 2, 1, 3])
        branches = g.add_many("Split", len(DILATIONS), timed, axis=1)
        outputs = [self.temporal(name, d, branch) for d, branch in zip(DILATIONS, branches)]
        joined = g.add("Transpose", g.add("Concat", *outputs, axis=1), perm=[0, 2, 1, 3])
        return g.add("Reshape", joined, g.ints(-1, self.spatial_filters(name) // 2, height, width))

    def spatial_kernel(self, name: str) -> np.ndarray:
        kernels = [self.weights[f"{name}.Conv3D_{d}.layers.0.weight"][:, :, 0] for d in DILATIONS]
        scale = 1 / 255 if name == "SDDCNN.0.DDCNN.0" else 1  # the pixels come as 0..255
        return (np.concatenate(kernels) * scale).astype(np.float32)

    def spatial_filters(self, name: str) -> int:
        return self.spatial_kernel(name).shape[0]

    def temporal(self, name: str, dilation: int, x: str) -> str:
        """Returns one branch's convolution in time with its batch normalisation folded in."""
        g = self.graph
        kernel, bias = self.temporal_kernel(name, dilation)
        convolved = g.add("Conv", x, g.constant(kernel), g.constant(bias), kernel_shape=[3, 1],
                          dilations=[dilation, 1], pads=[dilation, 0, dilation, 0])
        return g.add("Relu", convolved)

    def temporal_kernel(self, name: str, dilation: int) -> tuple[np.ndarray, np.ndarray]:
        kernel = self.weights[f"{name}.Conv3D_{dilation}.layers.1.weight"][..., 0].astype(np.float64)
        filters = kernel.shape[0]
        start = DILATIONS.index(dilation) * filters
        scale, mean, variance, shift = (
            self.weights[f"{name}.bn.{part}"][start : start + filters].astype(np.float64)
            for part in ("weight", "running_mean", "running_var", "bias")
        )
        scale = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
        folded = kernel * scale[:, None, None, None]
        return folded.astype(np.float32), (shift - mean * scale).astype(np.float32)

    def per_frame(self, x: str, *rest: int) -> str:
        """Returns x [batch * window, ..] as [batch, window, *rest]."""
        g = self.graph
        return g.add("Reshape", x, g.add("Concat", self.batch_and_window, g.ints(*rest), axis=0))

    def projections(self, blocks: list[str]) -> str:
        """Returns one vector a frame: the mean of every feature map, projected."""
        g = self.graph
        means = [g.add("ReduceMean", block, axes=[2, 3], keepdims=0) for block in blocks]
        joined = self.per_frame(g.add("Concat", *means, axis=1), -1)
        return self.linear(joined, "frame_sim_layer.projection")

    def histograms(self, pixels: str) -> str:
        """Returns the 512-bin colour histogram of each frame."""
        g = self.graph
        bins = g.add("Floor", g.add("Mul", pixels, g.constant(np.float32(1 / 32))))
        planes = g.add("Reshape", bins, g.ints(0, CHANNELS, HEIGHT * WIDTH))
        red, green, blue = g.add_many("Split", CHANNELS, planes, axis=1)
        green_blue = g.add("Add", g.add("Mul", green, g.constant(np.float32(BIN_SIDE))), blue)
        rows = self.one_hot(red, BIN_SIDE)
        columns = g.add("Transpose", self.one_hot(green_blue, BIN_SIDE**2), perm=[0, 2, 1])
        return self.per_frame(g.add("MatMul", rows, columns), BIN_SIDE**3)

    def one_hot(self, bins: str, count: int) -> str:
        g = self.graph
        numbers = g.constant(np.arange(count, dtype=np.float32).reshape(1, count, 1))
        return g.add("Cast", g.add("Equal", bins, numbers), to=FLOAT)

    def windowed(self, vectors: str, layer: str) -> str:
        """Returns what `layer` makes of each frame's cosine to the frames around it."""
        g = self.graph
        unit = self.unit_length(vectors)
        cosines = g.add("MatMul", unit, g.add("Transpose", unit, perm=[0, 2, 1]))
        return g.add("Relu", self.linear(self.diagonal_band(cosines), layer))

    def unit_length(self, vectors: str) -> str:
        g = self.graph
        length = g.add("ReduceL2", vectors, axes=[2], keepdims=1)
        return g.add("Div", vectors, g.add("Max", length, g.constant(np.float32(LENGTH_EPSILON))))

    def diagonal_band(self, square: str) -> str:
        """Returns, of [batch, T, T], the LOOKUP values around the diagonal of each row, zeros beyond the edges.

        Rows padded to T + 100 and laid end to end, then cut every T + 101, each start one place later:
        a skew that needs no indices and so no fixed T.
        """
        g, side = self.graph, LOOKUP // 2
        window = g.add("Slice", self.batch_and_window, g.ints(1), g.ints(2))
        padded = g.add("Pad", square, g.ints(0, 0, side, 0, 0, side))
        flat = g.add("Reshape", padded, g.ints(0, -1))
        tail = g.add("Concat", g.ints(0, 0, 0), window, axis=0)
        skewed = g.add("Concat", self.batch_and_window, g.ints(-1), axis=0)
        rows = g.add("Reshape", g.add("Pad", flat, tail), skewed)
        return g.add("Slice", rows, g.ints(0), g.ints(LOOKUP), g.ints(2))

    def linear(self, x: str, layer: str) -> str:
        g = self.graph
        product = g.add("MatMul", x, g.constant(self.weights[f"{layer}.weight"].T))
        return g.add("Add", product, g.constant(self.weights[f"{layer}.bias"]))

    def hidden_layer(self, features: str, positions: int) -> str:
        """Returns the last layer before the heads.

        The original flattens height, width, channel; here it is channel, height, width, so the weights move.
        """
        weight = self.weights["fc1.weight"]
        similar = 2 * self.weights["frame_sim_layer.fc.bias"].size
        pictures = weight[:, similar:].reshape(weight.shape[0], positions, -1).transpose(0, 2, 1)
        moved = np.concatenate([weight[:, :similar], pictures.reshape(weight.shape[0], -1)], axis=1)
        self.weights["fc1.weight"] = moved
        return self.graph.add("Relu", self.linear(features, "fc1"))

    def heads(self, hidden: str) -> None:
        g = self.graph
        for name, layer in (("single_frame", "cls_layer1"), ("many_hot", "cls_layer2")):
            score = g.add("Squeeze", self.linear(hidden, layer), g.ints(2))
            g.output(g.add("Sigmoid", score), name, FLOAT, ["batch", "window"])
