"""Translates the nodes of TensorFlow.js graph models to ONNX, as far as the models that are installed need it."""

from collections.abc import Callable

import numpy as np

from . import tfjs
from .graph import FLOAT, Graph


class Network:
    """Translates nodes as they are asked for; pictures have their planes first, not last as in the original."""

    def __init__(self, graph: str, nodes: dict[str, tfjs.Node], constants: dict[str, np.ndarray], shape: list):
        """Begins a graph of that name; the one placeholder of the nodes becomes `input` of the shape."""
        self.graph = Graph(graph)
        self._nodes = nodes
        self._constants = constants
        (picture,) = (name for name, node in nodes.items() if node.op == "Placeholder")
        self._values = {picture: self.graph.input("input", FLOAT, shape)}

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
        fused = [step for step in node.texts("fused_ops") if step != "BiasAdd"]
        biases = node.inputs[2:3] if "Fused" in node.op and "BiasAdd" in node.texts("fused_ops") else []
        operands = [self.graph.constant(weights), *(self.graph.constant(self._constants[bias]) for bias in biases)]
        attributes = {"group": groups, "strides": node.ints("strides")[1:3], "pads": _pads(node, weights.shape[2])}
        value = self.graph.add("Conv", self.value(node.inputs[0]), *operands, **attributes)
        match fused:
            case []:
                return value
            case ["Relu"]:
                return self.graph.add("Relu", value)
            case ["Prelu"]:
                return self._leaky(value, node.inputs[3])
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

    def leaky(self, node: tfjs.Node) -> str:
        """Translates a rectifier with a slope a plane for what is below zero."""
        return self._leaky(self.value(node.inputs[0]), node.inputs[1])

    def pooled(self, node: tfjs.Node) -> str:
        """Translates the largest of each window, without what is beyond the edges."""
        if node.text("padding") != "VALID":
            raise ValueError("the windows reach over the edges")
        sides = {"kernel_shape": node.ints("ksize")[1:3], "strides": node.ints("strides")[1:3]}
        return self.graph.add("MaxPool", self.value(node.inputs[0]), **sides)

    def padded(self, node: tfjs.Node) -> str:
        """Translates zeros around a picture, and planes of them."""
        before, after = self._constants[node.inputs[1]][[0, 3, 1, 2]].T.tolist()
        return self.graph.add("Pad", self.value(node.inputs[0]), self.graph.ints(*before, *after))

    def _leaky(self, value: str, slopes: str) -> str:
        return self.graph.add("PRelu", value, self.graph.constant(self._constants[slopes].reshape(-1, 1, 1)))

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
    "Prelu": Network.leaky,
    "MaxPool": Network.pooled,
    "Pad": Network.padded,
    "Sigmoid": lambda network, node: network.graph.add("Sigmoid", network.value(node.inputs[0])),
    "Cast": lambda network, node: network.value(node.inputs[0]),
    "AddV2": lambda network, node: network.pair("Add", node),
    "Sub": lambda network, node: network.pair("Sub", node),
    "Mul": lambda network, node: network.pair("Mul", node),
}
