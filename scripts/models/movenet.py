"""Makes MoveNet MultiPose, a TensorFlow.js model, an ONNX graph of its network alone.

In `input` f32 [batch, 3, height, width] RGB 0..255, both sides multiples of 32; out, at a quarter of the size, f32
[batch, maps, rows, columns]: `centers` (1, how likely a person has its middle there), `sizes` (2: its height and width),
`offsets` (2: from the place to the middle, down and across), `joints` (17, how likely a joint is there), `joint_ways` (34: from
the middle's place to each joint, down and across) and `joint_offsets` (34: from a joint's place to the joint). All lengths are
in places of the maps. What the original makes of these maps is left to the program: it takes six persons of one picture.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import tfjs
from .graph import FLOAT, Graph

HEADS = {
    "centers": ("center_0/conv2d_4/BiasAdd", 1, True),
    "sizes": ("box_scale_0/conv2d_5/BiasAdd", 2, False),
    "offsets": ("box_offset_0/conv2d_6/BiasAdd", 2, False),
    "joints": ("kpt_heatmap_0/conv2d_7/BiasAdd", 17, True),
    "joint_ways": ("kpt_regress_0/conv2d_8/BiasAdd", 34, False),
    "joint_offsets": ("kpt_offset_0/conv2d_9/BiasAdd", 34, False),
}
PREFIX = "StatefulPartitionedCall/"


def convert(sources: dict[str, Path], target: Path) -> None:
    """Writes the network of `sources["topology"]` and `sources["weights"]` to `target`, whole or not at all."""
    network = Network(*tfjs.read(sources["topology"], sources["weights"]))
    for name, (node, maps, is_likelihood) in HEADS.items():
        value = network.value(PREFIX + node)
        network.graph.name_output(name, FLOAT, ["batch", maps, "rows", "columns"], "Sigmoid" if is_likelihood else "Identity", value)
    network.graph.write(target)


class Network:
    """Translates nodes as they are asked for; pictures have their planes first, not last as in the original."""

    def __init__(self, nodes: dict[str, tfjs.Node], constants: dict[str, np.ndarray]):
        self.graph = Graph("movenet_multipose")
        self._nodes = nodes
        self._constants = constants
        picture = self.graph.input("input", FLOAT, ["batch", 3, "height", "width"])
        self._values = {"input": picture}

    def value(self, name: str) -> str:
        """Returns the value of a node in the graph that is made, and of all that it reads."""
        if name not in self._values:
            node = self._nodes[name]
            self._values[name] = TRANSLATIONS[node.op](self, node)
        return self._values[name]

    def operand(self, name: str) -> str:
        """Returns a value, or a constant of one number for each plane or for all."""
        if name not in self._constants:
            return self.value(name)
        constant = self._constants[name]
        return self.graph.constant(constant.reshape(-1, 1, 1) if constant.ndim else constant)

    def pair(self, op: str, node: tfjs.Node) -> str:
        """Translates what is done to two values, place by place."""
        return self.graph.add(op, *map(self.operand, node.inputs))

    def convolution(self, node: tfjs.Node) -> str:
        """Translates a convolution with what is fused to it."""
        weights = self._constants[node.inputs[1]]
        channels = weights.shape[2]
        if "Depthwise" in node.op:  # rows, columns, planes, 1 -> planes, 1, rows, columns
            weights, groups = weights.transpose(2, 3, 0, 1), channels
        else:  # rows, columns, planes in, planes out -> planes out, planes in, rows, columns
            weights, groups = weights.transpose(3, 2, 0, 1), 1
        operands = [self.graph.constant(weights), *(self.graph.constant(self._constants[bias]) for bias in node.inputs[2:])]
        attributes = {"group": groups, "strides": node.ints("strides")[1:3], "pads": _pads(node, weights.shape[2])}
        value = self.graph.add("Conv", self.value(node.inputs[0]), *operands, **attributes)
        match [fused for fused in node.texts("fused_ops") if fused != "BiasAdd"]:
            case []:
                return value
            case ["Relu"]:
                return self.graph.add("Relu", value)
            case ["Relu6"]:
                limits = [self.graph.constant(np.float32(limit)) for limit in (0, 6)]
                return self.graph.add("Clip", value, *limits)
            case others:
                raise ValueError(f"{others} cannot be translated")

    def doubled(self, node: tfjs.Node) -> str:
        """Translates a picture made twice as large, the middles of its pixels staying where they are."""
        if not node.attributes["half_pixel_centers"]["b"] or self._factor(node.inputs[1]) != [2, 2]:
            raise ValueError("the picture is resized in another way than was known")
        scales = self.graph.constant(np.array([1, 1, 2, 2], np.float32))
        return self.graph.add("Resize", self.value(node.inputs[0]), "", scales, mode="linear", coordinate_transformation_mode="half_pixel")

    def _factor(self, size: str) -> list[int]:
        """Returns what a size is multiplied with."""
        node = self._nodes[size]
        return self._constants[node.inputs[1]].tolist() if node.op == "Mul" else []


def _pads(node: tfjs.Node, kernel: int) -> list[int]:
    """Returns the rows and columns added before and behind, the sides being even where a stride is two."""
    if node.text("padding") == "VALID":
        return [0, 0, 0, 0]
    added = kernel - node.ints("strides")[1]
    return [added // 2] * 2 + [added - added // 2] * 2


TRANSLATIONS: dict[str, Callable[[Network, tfjs.Node], str]] = {
    "_FusedConv2D": Network.convolution,
    "FusedDepthwiseConv2dNative": Network.convolution,
    "DepthwiseConv2dNative": Network.convolution,
    "ResizeBilinear": Network.doubled,
    "Cast": lambda network, node: network.value(node.inputs[0]),
    "AddV2": lambda network, node: network.pair("Add", node),
    "Sub": lambda network, node: network.pair("Sub", node),
    "Mul": lambda network, node: network.pair("Mul", node),
}
