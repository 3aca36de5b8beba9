"""Tests of the reader of TensorFlow.js models."""

import base64
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from models import tfjs

WEIGHTS = [
    {"name": "halves", "shape": [2, 2], "dtype": "float32", "quantization": {"dtype": "float16"}},
    {"name": "size", "shape": [2], "dtype": "int32"},
    {"name": "one", "shape": [], "dtype": "float32", "quantization": {"dtype": "float16"}},
]


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


class Tfjs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.topology, self.weights = Path(folder.name) / "model.json", Path(folder.name) / "model.bin"
        attributes = {"strides": {"list": {"i": ["1", "2", "2", "1"]}}, "padding": {"s": text("SAME")}, "fused_ops": {"list": {"s": [text("BiasAdd"), text("Relu6")]}}}
        nodes = [{"name": "input", "op": "Placeholder"}, {"name": "conv", "op": "_FusedConv2D", "input": ["input", "halves"], "attr": attributes}]
        self.topology.write_text(json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": WEIGHTS}]}))
        values = [np.array([[1, 2], [3, 0.5]], np.float16), np.array([2, 3], np.int32), np.array(4, np.float16)]
        self.weights.write_bytes(b"".join(value.tobytes() for value in values))

    def test_weights_kept_as_halves_become_singles_and_integers_stay(self):
        _, constants = tfjs.read(self.topology, self.weights)
        self.assertEqual(constants["halves"].tolist(), [[1, 2], [3, 0.5]])
        self.assertEqual(constants["halves"].dtype, np.float32)
        self.assertEqual((constants["size"].tolist(), float(constants["one"])), ([2, 3], 4.0))

    def test_a_node_tells_what_it_reads_and_its_attributes(self):
        nodes, _ = tfjs.read(self.topology, self.weights)
        conv = nodes["conv"]
        self.assertEqual((conv.op, conv.inputs), ("_FusedConv2D", ["input", "halves"]))
        self.assertEqual((conv.ints("strides"), conv.text("padding")), ([1, 2, 2, 1], "SAME"))
        self.assertEqual((conv.texts("fused_ops"), nodes["input"].texts("fused_ops")), (["BiasAdd", "Relu6"], []))

    def test_a_file_with_more_weights_than_are_listed_is_refused(self):
        self.weights.write_bytes(self.weights.read_bytes() + b"more")
        with self.assertRaises(ValueError):
            tfjs.read(self.topology, self.weights)
