"""Makes MoveNet MultiPose, a TensorFlow.js model, an ONNX graph of its network alone.

In `input` f32 [batch, 3, height, width] RGB 0..255, both sides multiples of 32; out, at a quarter of the size, f32
[batch, maps, rows, columns]: `centers` (1, how likely a person has its middle there), `sizes` (2: its height and width),
`offsets` (2: from the place to the middle, down and across), `joints` (17, how likely a joint is there), `joint_ways` (34: from
the middle's place to each joint, down and across) and `joint_offsets` (34: from a joint's place to the joint). All lengths are
in places of the maps. What the original makes of these maps is left to the program: it takes six persons of one picture.
"""

from pathlib import Path

from . import tfjs
from .graph import FLOAT
from .tfjs_network import Network

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
    nodes, constants = tfjs.read(sources["topology"], sources["weights"])
    network = Network("movenet_multipose", nodes, constants, ["batch", 3, "height", "width"])
    for name, (node, maps, is_likelihood) in HEADS.items():
        value = network.value(PREFIX + node)
        network.graph.name_output(name, FLOAT, ["batch", maps, "rows", "columns"], "Sigmoid" if is_likelihood else "Identity", value)
    network.graph.write(target)
