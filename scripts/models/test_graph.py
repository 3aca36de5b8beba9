"""Tests of the parts of the shot model's graph that have no counterpart in the original."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnxruntime

from models.graph import FLOAT, UINT8, Graph
from models.transnetv2 import CHANNELS, HEIGHT, LOOKUP, WIDTH, Converter

RANDOM = np.random.default_rng(7)


def run(graph: Graph, **feeds: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.onnx"
        graph.write(path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)[0]


class ShotModelGraph(unittest.TestCase):
    def test_each_frame_gets_the_values_around_the_diagonal_and_zeros_beyond_the_edges(self):
        for window in (1, 30, 150):
            square = RANDOM.random((2, window, window), np.float32)
            converter = Converter({})
            given = converter.graph.input("square", FLOAT, ["batch", "window", "window"])
            converter.read_sizes(given)
            converter.graph.output(converter.diagonal_band(given), "band", FLOAT, ["batch", "window", LOOKUP])
            padded = np.pad(square, ((0, 0), (0, 0), (LOOKUP // 2, LOOKUP // 2)))
            expected = np.stack([padded[:, t, t : t + LOOKUP] for t in range(window)], axis=1)
            np.testing.assert_array_equal(run(converter.graph, square=square), expected)

    def test_a_histogram_counts_every_pixel_in_its_bin(self):
        frames = RANDOM.integers(0, 256, (2, 3, HEIGHT, WIDTH, CHANNELS), np.uint8)
        converter = Converter({})
        given = converter.graph.input("frames", UINT8, ["batch", "window", HEIGHT, WIDTH, CHANNELS])
        bins = converter.histograms(converter.graph.add("Cast", given, to=FLOAT))
        converter.graph.output(bins, "histogram", FLOAT, ["batch", "window", 512])
        numbers = (frames >> 5).astype(int) @ (64, 8, 1)
        expected = [[np.bincount(frame.ravel(), minlength=512) for frame in window] for window in numbers]
        np.testing.assert_array_equal(run(converter.graph, frames=frames), expected)

    def test_only_the_rows_between_frames_are_emptied(self):
        converter = Converter({})
        given = converter.graph.input("frames", FLOAT, ["batch", "window"])
        converter.read_sizes(given)
        converter.graph.output(converter.emptier(2, 3, 4), "strip", FLOAT, ["batch", 2, "rows", 4])
        strip = run(converter.graph, frames=np.zeros((1, 5), np.float32)).reshape(2, 5, 4, 4)
        self.assertTrue((strip[:, :, 3] < -1e8).all() and (strip[:, :, :3] == 0).all())

    def test_rounded_values_keep_zero_and_differ_by_half_a_step_at_most(self):
        values = RANDOM.uniform(-3.27, 2.99, (1, 1000)).astype(np.float32)
        values[0, 0] = 0
        converter = Converter({})
        given = converter.graph.input("values", FLOAT, [1, 1000])
        converter.graph.output(converter.rounded(given, (-3.27, 2.99)), "rounded", FLOAT, [1, 1000])
        found = run(converter.graph, values=values)
        self.assertEqual(found[0, 0], 0)
        self.assertLessEqual(np.abs(found - values).max(), 6.26 / 255 * 1.01)

    def test_a_rounded_kernel_has_few_enough_values_for_every_processor(self):
        kernel = RANDOM.normal(0, 1, (4, 3, 3, 3)).astype(np.float32) * np.float32([1, 10, 0.1, 5])[:, None, None, None]
        converter = Converter({})
        converter.graph.output(converter.rounded_kernel(kernel), "kernel", FLOAT, [4, 3, 3, 3])
        found = run(converter.graph)
        steps = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True) / 63
        self.assertTrue((np.abs(found - kernel) <= steps * 0.51).all())
        self.assertLessEqual(np.abs(np.rint(found / steps)).max(), 63)

    def test_the_same_graph_is_written_as_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name in ("first", "second")]
            for path in paths:
                graph = Graph("same")
                x = graph.input("x", FLOAT, ["n"])
                graph.output(graph.add("Relu", x), "y", FLOAT, ["n"])
                graph.write(path)
            self.assertEqual(*(path.read_bytes() for path in paths))
