"""Makes the CenterFace graph take pictures of any size and number, and names what goes in and out.

In `input` f32 [batch, 3, height, width] RGB 0..255, both sides multiples of 32; out, at a quarter of the size,
`heatmap` (probabilities), `scale`, `offset` and `landmarks` f32 [batch, 1 | 2 | 2 | 10, rows, columns].
"""

import os
from pathlib import Path

import onnx
from onnx import helper

from .graph import FLOAT

INPUT = ("input.1", "input", [3, "height", "width"])
OUTPUTS = [
    ("537", "heatmap", [1, "rows", "columns"]),
    ("538", "scale", [2, "rows", "columns"]),
    ("539", "offset", [2, "rows", "columns"]),
    ("540", "landmarks", [10, "rows", "columns"]),
]


def convert(sources: dict[str, Path], target: Path) -> None:
    """Writes the graph made of `sources["graph"]` to `target`, whole or not at all."""
    model = onnx.load(sources["graph"])
    _rewrite(model.graph)
    onnx.checker.check_model(model, full_check=True)
    temporary = target.with_name(target.name + ".tmp")
    temporary.write_bytes(model.SerializeToString(deterministic=True))
    os.replace(temporary, target)


def _rewrite(graph: onnx.GraphProto) -> None:
    """Renames inputs and outputs, frees their sizes, and drops counters of the training and weights listed as inputs."""
    names = {old: new for old, new, _ in [INPUT, *OUTPUTS]}
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    used = {name for node in graph.node for name in node.input}
    weights = [weight for weight in graph.initializer if weight.name in used]
    for field, values in (
        (graph.input, [_value(*INPUT[1:])]),
        (graph.output, [_value(*output[1:]) for output in OUTPUTS]),
        (graph.initializer, weights),
    ):
        del field[:]
        field.extend(values)


def _value(name: str, shape: list) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, FLOAT, ["batch", *shape])
