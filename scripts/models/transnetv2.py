"""Converts the TransNetV2 weights into an ONNX graph for windows of any length.

In `frames` uint8 [batch, window, 27, 48, 3] RGB; out `single_frame` and `many_hot` f32
[batch, window], probabilities.

The original's 3-D convolutions become 2-D ones over a strip: all frames of a window one below the
other, an empty row after each. A 3x3 convolution of the strip is one in space, with the empty row as
its padding; one dilated by the rows of whole frames is one in time. So nothing is transposed, and
ONNX Runtime keeps its own fast layout from the first convolution to the last. The empty rows fill up
on the way and are emptied again by adding a large negative number before a ReLU.
"""

from pathlib import Path

import numpy as np

from .graph import FLOAT, UINT8, Graph
from .torch_weights import read_weights
from .transnetv2_ranges import RANGES, Range, Ranges

HEIGHT, WIDTH, CHANNELS = 27, 48, 3
DILATIONS = (1, 2, 4, 8)
BLOCKS = 3
LOOKUP = 101  # frames a similarity window spans, the frame itself in the middle
BIN_SIDE = 8  # bins of each colour channel
BATCH_NORM_EPSILON = 1e-3  # as the original was trained
LENGTH_EPSILON = 1e-12  # as the original normalises vectors
EMPTYING = -1e9  # far below anything a convolution gives
ROW_BELOW = (0, 0, 0, 0, 0, 0, 0, 0, 1, 0)  # pads of [batch, channel, window, height, width]


def convert(sources: dict[str, Path], target: Path, precision: str = "f32") -> None:
    """Writes the graph made of `sources["weights"]` to `target`, in `precision` `f32` or `int8`."""
    ranges = RANGES if precision == "int8" else None
    Converter(read_weights(sources["weights"]), ranges).build().write(target)


class Converter:
    """Builds the graph; `height` and `width` are always those of a frame, without its empty row.

    With `ranges` the convolutions in space, 24 of 55, work on 8 bits. Those in time gain nothing by that, and where they do so,
    too, no cut is found any more.
    """

    def __init__(self, weights: dict[str, np.ndarray], ranges: Ranges | None = None):
        self.weights = weights
        self.ranges = ranges
        self.graph = Graph("transnetv2")

    def build(self) -> Graph:
        """Returns the whole graph."""
        g = self.graph
        frames = g.input("frames", UINT8, ["batch", "window", HEIGHT, WIDTH, CHANNELS])
        self.read_sizes(frames)
        pixels = g.add("Cast", frames, to=FLOAT)
        maps = self.blocks(self.strip(pixels))
        histogram = self.windowed(self.histograms(pixels), "color_hist_layer.fc")
        similarity = self.windowed(self.projections(maps), "frame_sim_layer.fc")
        features = g.add("Concat", histogram, similarity, self.by_frame(maps[-1]), axis=2)
        self.reorder_hidden_weights()
        self.heads(g.add("Relu", self.linear(features, "fc1")))
        return g

    def read_sizes(self, frames: str) -> None:
        """Notes the sizes that are known only when the graph runs."""
        g = self.graph
        shape = g.add("Shape", frames)
        self.batch = g.add("Slice", shape, g.ints(0), g.ints(1))
        self.window = g.add("Slice", shape, g.ints(1), g.ints(2))
        self.batch_and_window = g.add("Slice", shape, g.ints(0), g.ints(2))

    def blocks(self, strip: str) -> list[str]:
        """Returns what each block gives as [batch, channel, window, height, width]."""
        height, width, maps = HEIGHT, WIDTH, []
        for block in range(BLOCKS - 1):
            wide = self.block(block, strip, height, width)
            height, width = height // 2, width // 2
            strip = self.pooled(wide, self.filters(block), height, width)
            maps.append(self.maps(strip, height, width))
        last = self.maps(self.block(BLOCKS - 1, strip, height, width), height, width)
        return [*maps, self.graph.add("AveragePool", last, kernel_shape=[1, 2, 2], strides=[1, 2, 2])]

    def strip(self, pixels: str) -> str:
        """Returns the frames as a strip."""
        g = self.graph
        spaced = g.add("Pad", g.add("Transpose", pixels, perm=[0, 4, 1, 2, 3]), g.ints(*ROW_BELOW))
        return g.add("Reshape", spaced, g.ints(0, CHANNELS, -1, WIDTH))

    def emptier(self, filters: int, height: int, width: int) -> str:
        """Returns a strip that empties the rows between frames when added before a ReLU."""
        g = self.graph
        shape = g.add("Concat", self.batch, g.ints(1), self.window, g.ints(height, width), axis=0)
        zeros = g.add("Expand", g.constant(np.float32(0)), shape)
        spaced = g.add("Pad", zeros, g.ints(*ROW_BELOW), g.constant(np.float32(EMPTYING)))
        plane = g.add("Reshape", spaced, g.ints(0, 1, -1, width))
        # A convolution only repeats the plane, but in the layout of the others.
        return g.add("Conv", plane, g.constant(np.ones((filters, 1, 1, 1), np.float32)), kernel_shape=[1, 1])

    def maps(self, strip: str, height: int, width: int) -> str:
        """Returns a strip as [batch, channel, window, height, width], the empty rows gone."""
        g = self.graph
        shape = g.add("Concat", g.ints(0, 0), self.window, g.ints(height + 1, width), axis=0)
        return g.add("Slice", g.add("Reshape", strip, shape), g.ints(0), g.ints(height), g.ints(3))

    def block(self, block: int, strip: str, height: int, width: int) -> str:
        """Returns two sub-blocks with a shortcut around the second; its empty rows are not empty."""
        emptier = self.emptier(self.filters(block) // len(DILATIONS), height, width)
        first = self.sub_block(f"SDDCNN.{block}.DDCNN.0", strip, height, emptier)
        second = self.sub_block(f"SDDCNN.{block}.DDCNN.1", first, height, None)
        return self.graph.add("Add", first, second)

    def sub_block(self, name: str, strip: str, height: int, emptier: str | None) -> str:
        """Returns the branches of all dilations, side by side."""
        if self.ranges:
            strip = self.rounded(strip, self.ranges[name][0])
        branches = [self.branch(name, dilation, strip, height, emptier) for dilation in DILATIONS]
        return self.graph.add("Concat", *branches, axis=1)

    def branch(self, name: str, dilation: int, strip: str, height: int, emptier: str | None) -> str:
        """Returns a convolution in space followed by one in time."""
        g, step = self.graph, dilation * (height + 1)
        spatial = self.spatial(name, dilation, strip)
        time = map(g.constant, self.time_kernel(name, dilation))
        timed = g.add("Conv", spatial, *time, kernel_shape=[3, 1], dilations=[step, 1], pads=[step, 0, step, 0])
        return g.add("Relu", g.add("Add", timed, emptier) if emptier else timed)

    def spatial(self, name: str, dilation: int, strip: str) -> str:
        """Returns a convolution in space."""
        kernel = self.space_kernel(name, dilation)
        space = self.rounded_kernel(kernel) if self.ranges else self.graph.constant(kernel)
        spatial = self.graph.add("Conv", strip, space, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        return self.rounded(spatial, self.ranges[name][1 + DILATIONS.index(dilation)]) if self.ranges else spatial

    def rounded(self, values: str, span: Range) -> str:
        """Returns values of which 256 are told apart, evenly spaced from the lowest to the highest; zero is one of them."""
        g, (low, high) = self.graph, span
        step = (high - low) / 255
        steps = g.constant(np.float32(step)), g.constant(np.uint8(round(-low / step)))
        return g.add("DequantizeLinear", g.add("QuantizeLinear", values, *steps), *steps)

    def rounded_kernel(self, kernel: np.ndarray) -> str:
        """Returns a kernel of which 127 values are told apart in each of its outputs.

        With more of them processors without VNNI instructions add up to more than they can hold, and answer otherwise.
        """
        g = self.graph
        steps = np.abs(kernel).max(axis=(1, 2, 3)) / np.float32(63)
        whole = np.rint(kernel / steps[:, None, None, None]).astype(np.int8)
        return g.add("DequantizeLinear", *map(g.constant, (whole, steps, np.zeros(len(steps), np.int8))), axis=0)

    def space_kernel(self, name: str, dilation: int) -> np.ndarray:
        kernel = self.weights[f"{name}.Conv3D_{dilation}.layers.0.weight"][:, :, 0]
        return kernel / np.float32(255) if kernel.shape[1] == CHANNELS else kernel  # pixels come as 0..255

    def time_kernel(self, name: str, dilation: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns kernel and bias with the branch's part of the batch normalisation folded in."""
        kernel = self.weights[f"{name}.Conv3D_{dilation}.layers.1.weight"][..., 0].astype(np.float64)
        start = DILATIONS.index(dilation) * len(kernel)
        scale, mean, variance, shift = (
            self.weights[f"{name}.bn.{part}"][start : start + len(kernel)].astype(np.float64)
            for part in ("weight", "running_mean", "running_var", "bias")
        )
        scale = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
        folded = kernel * scale[:, None, None, None]
        return folded.astype(np.float32), (shift - mean * scale).astype(np.float32)

    def filters(self, block: int) -> int:
        """Returns how many maps the block gives, those of its four branches together."""
        return self.weights[f"SDDCNN.{block}.DDCNN.1.bn.weight"].size

    def pooled(self, strip: str, filters: int, height: int, width: int) -> str:
        """Returns the mean of every 2x2 values, none of them negative, as a strip of frames of `height` and `width`.

        The pooling is written as a convolution so that its empty rows can be emptied.
        """
        g = self.graph
        quarter = g.constant(np.full((filters, 1, 2, 2), 0.25, np.float32))
        means = g.add("Conv", strip, quarter, kernel_shape=[2, 2], strides=[2, 2], group=filters)
        return g.add("Relu", g.add("Add", means, self.emptier(filters, height, width)))

    def by_frame(self, maps: str) -> str:
        """Returns [batch, channel, window, ..] as [batch, window, everything of the frame]."""
        g = self.graph
        return g.add("Reshape", g.add("Transpose", maps, perm=[0, 2, 1, 3, 4]), g.ints(0, 0, -1))

    def projections(self, maps: list[str]) -> str:
        """Returns one vector a frame: the mean of every map, projected."""
        g = self.graph
        means = g.add("Concat", *(g.add("ReduceMean", m, axes=[3, 4], keepdims=0) for m in maps), axis=1)
        return self.linear(g.add("Transpose", means, perm=[0, 2, 1]), "frame_sim_layer.projection")

    def histograms(self, pixels: str) -> str:
        """Returns the 512-bin colour histogram of each frame."""
        g = self.graph
        bins = g.add("Floor", g.add("Mul", pixels, g.constant(np.float32(1 / 32))))
        red, green, blue = g.add_many("Split", CHANNELS, g.add("Reshape", bins, g.ints(0, 0, -1, CHANNELS)), axis=3)
        green_blue = g.add("Add", g.add("Mul", green, g.constant(np.float32(BIN_SIDE))), blue)
        rows = self.one_hot(g.add("Reshape", red, g.ints(0, 0, 1, -1)), np.arange(BIN_SIDE)[:, None])
        columns = self.one_hot(green_blue, np.arange(BIN_SIDE**2))
        return g.add("Reshape", g.add("MatMul", rows, columns), g.ints(0, 0, -1))

    def one_hot(self, bins: str, numbers: np.ndarray) -> str:
        g = self.graph
        return g.add("Cast", g.add("Equal", bins, g.constant(numbers.astype(np.float32))), to=FLOAT)

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
        padded = g.add("Pad", square, g.ints(0, 0, side, 0, 0, side))
        flat = g.add("Reshape", padded, g.ints(0, -1))
        tail = g.add("Concat", g.ints(0, 0, 0), self.window, axis=0)
        skewed = g.add("Concat", self.batch_and_window, g.ints(-1), axis=0)
        rows = g.add("Reshape", g.add("Pad", flat, tail), skewed)
        return g.add("Slice", rows, g.ints(0), g.ints(LOOKUP), g.ints(2))

    def linear(self, x: str, layer: str) -> str:
        g = self.graph
        product = g.add("MatMul", x, g.constant(self.weights[f"{layer}.weight"].T))
        return g.add("Add", product, g.constant(self.weights[f"{layer}.bias"]))

    def reorder_hidden_weights(self) -> None:
        """Reorders the hidden layer's weights: the original lays a frame's maps out by place, here they are by channel."""
        weight = self.weights["fc1.weight"]
        similar = 2 * self.weights["frame_sim_layer.fc.bias"].size
        channels = self.filters(BLOCKS - 1)
        maps = weight[:, similar:].reshape(len(weight), -1, channels).transpose(0, 2, 1)
        self.weights["fc1.weight"] = np.concatenate([weight[:, :similar], maps.reshape(len(weight), -1)], axis=1)

    def heads(self, hidden: str) -> None:
        g = self.graph
        for name, layer in (("single_frame", "cls_layer1"), ("many_hot", "cls_layer2")):
            score = g.add("Squeeze", self.linear(hidden, layer), g.ints(2))
            g.output(g.add("Sigmoid", score), name, FLOAT, ["batch", "window"])
