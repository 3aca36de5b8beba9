"""Measures between which values the activations around the shot model's spatial convolutions lie, for `transnetv2_ranges`.

    python -m models.measure_ranges MODELS FILM...

MODELS: the model folder, with the graph in full precision. FILM: films with cuts, people and landscapes; those that the packages
bring are `scripts/demo`'s and `tests/test.mp4` in the package with the weights. Prints what the table holds:
for each sub-block the range of its input, and that of each of its four spatial convolutions.
"""

import argparse
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from .transnetv2 import BLOCKS, DILATIONS, HEIGHT, WIDTH

WINDOW = 200  # frames, as the program shows them
WINDOWS = 4  # of each film, spread over it evenly
CHANNELS = 3
SPATIAL = [3, 3]  # kernel of the convolutions in space


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="the model folder")
    parser.add_argument("films", type=Path, nargs="+", metavar="FILM")
    arguments = parser.parse_args()
    session, names = _watched(arguments.models / "transnetv2.onnx")
    lows, highs = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    for window in (window for film in arguments.films for window in _windows(film)):
        for at, values in enumerate(session.run(names, {"frames": window[None]})):
            lows[at], highs[at] = min(lows[at], values.min()), max(highs[at], values.max())
    ranges = [f"({low:.3g}, {high:.3g})" for low, high in zip(lows, highs)]
    sub_blocks = [f"SDDCNN.{block}.DDCNN.{half}" for block in range(BLOCKS) for half in range(2)]
    each = 1 + len(DILATIONS)
    for at, name in enumerate(sub_blocks):
        print(f'    "{name}": ({", ".join(ranges[at * each : (at + 1) * each])}),')


def _watched(model: Path) -> tuple[onnxruntime.InferenceSession, list[str]]:
    """Returns a session that also gives the values to watch, and their names: of each sub-block the input, then the outputs."""
    graph = onnx.load(model)
    convolutions = [node for node in graph.graph.node if node.op_type == "Conv" and _kernel(node) == SPATIAL]
    names = []
    for first in range(0, len(convolutions), len(DILATIONS)):
        sub_block = convolutions[first : first + len(DILATIONS)]
        names += [sub_block[0].input[0], *(node.output[0] for node in sub_block)]
    for name in names:
        graph.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"]), names


def _kernel(node: onnx.NodeProto) -> list[int]:
    return next(list(attribute.ints) for attribute in node.attribute if attribute.name == "kernel_shape")


def _windows(film: Path) -> list[np.ndarray]:
    shape = f"scale={WIDTH}:{HEIGHT}:flags=area"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", film, "-vf", shape, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    pixels = np.frombuffer(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout, np.uint8)
    frames = pixels.reshape(-1, HEIGHT, WIDTH, CHANNELS)
    last = max(len(frames) - WINDOW, 0)
    return [frames[start : start + WINDOW] for start in np.linspace(0, last, WINDOWS).astype(int)]


if __name__ == "__main__":
    main()
