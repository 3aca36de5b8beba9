"""Makes the face mesh of MediaPipe, as TensorFlow.js has it, an ONNX graph.

In `input` f32 [batch, 3, 192, 192] RGB 0..1, a face upright and in the middle, with a quarter of it around it on each side; out
`mesh` f32 [batch, 1404]: 468 points, each across, down and to the back, in pixels of the input; `face` f32 [batch, 1]: how
likely there is a face.
"""

from pathlib import Path

from . import tfjs
from .graph import FLOAT
from .tfjs_network import Network

PREFIX = "StatefulPartitionedCall/model_1/"


def convert(sources: dict[str, Path], target: Path) -> None:
    """Writes the network of `sources["topology"]` and `sources["weights"]` to `target`, whole or not at all."""
    nodes, constants = tfjs.read(sources["topology"], sources["weights"])
    network = Network("facemesh", nodes, constants, ["batch", 3, 192, 192])
    for name, node, numbers in (("mesh", "conv2d_21/BiasAdd", 1404), ("face", "activation_1/Sigmoid", 1)):
        network.graph.name_output(name, FLOAT, ["batch", numbers], "Flatten", network.value(PREFIX + node))
    network.graph.write(target)
