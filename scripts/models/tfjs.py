"""Reads TensorFlow.js graph models: a JSON file of nodes and a binary file of their weights."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Node:
    """One operation: what it reads, by name, and its attributes as the file has them."""

    op: str
    inputs: list[str]
    attributes: dict

    def ints(self, name: str) -> list[int]:
        """Returns an attribute that is a list of integers."""
        return [int(value) for value in self.attributes[name]["list"]["i"]]

    def text(self, name: str) -> str:
        """Returns an attribute that is a text."""
        return _text(self.attributes[name]["s"])

    def texts(self, name: str) -> list[str]:
        """Returns an attribute that is a list of texts; an empty one where it is not there."""
        return [_text(value) for value in self.attributes.get(name, {}).get("list", {}).get("s", [])]


def read(topology: Path, weights: Path) -> tuple[dict[str, Node], dict[str, np.ndarray]]:
    """Returns the operations and the constants of a model, both by name; weights kept as halves become singles."""
    model = json.loads(topology.read_text())
    nodes = {node["name"]: Node(node["op"], node.get("input", []), node.get("attr", {})) for node in model["modelTopology"]["node"]}
    data = weights.read_bytes()
    constants, offset = {}, 0
    for weight in (weight for group in model["weightsManifest"] for weight in group["weights"]):
        kept = np.dtype(weight.get("quantization", {}).get("dtype", weight["dtype"]))
        count = int(np.prod(weight["shape"], dtype=np.int64))
        values = np.frombuffer(data, kept, count, offset).reshape(weight["shape"])
        constants[weight["name"]] = values.astype(weight["dtype"])
        offset += values.nbytes
    if offset != len(data):
        raise ValueError(f"the weights take {offset} bytes, and the file has {len(data)}")
    return nodes, constants


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode()
