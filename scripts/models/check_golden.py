"""Compares the installed models with what the original frameworks made of the same inputs.

The recorded inputs and outputs are not part of the project; without them this says so and ends well.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnxruntime

# model file: (recording, input, outputs, largest difference allowed)
RECORDINGS = [
    ("transnetv2.onnx", "transnetv2.npz", "frames", ("single_frame", "many_hot"), 1e-5),
    ("transnetv2.onnx", "transnetv2_t200.npz", "frames", ("single_frame", "many_hot"), 1e-5),
    ("centerface.onnx", "centerface.npz", "input", ("heatmap", "scale", "offset", "landmarks"), 1e-4),
    ("efficientnet_lite0.onnx", "efficientnet_lite0.npz", "image", ("embedding", "logits"), 1e-3),
    ("vit_s_focus.onnx", "vit_s_focus.npz", "input_image", ("output_importance",), 1e-4),
]
# recording of a picture in bytes: what is taken from each channel, and what the rest is divided by
PICTURES = {
    "centerface.npz": (0, 1),
    "efficientnet_lite0.npz": (127, 128),
    "vit_s_focus.npz": (np.array((0.485, 0.456, 0.406)) * 255, np.array((0.229, 0.224, 0.225)) * 255),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, help="the model folder")
    parser.add_argument("recordings", type=Path, help="the folder of recorded inputs and outputs")
    arguments = parser.parse_args()
    if not arguments.recordings.is_dir():
        print("golden   skipped: no recordings of the original models here")
        return
    if not all([_compare(arguments, *recording) for recording in RECORDINGS]):
        sys.exit("error: a model does not give what the original gives")


def _compare(arguments: argparse.Namespace, model: str, recording: str, feed: str, outputs: tuple[str, ...], limit: float) -> bool:
    recorded = np.load(arguments.recordings / recording)
    answers = _session(arguments.models / model).run(list(outputs), {feed: _fed(recording, feed, recorded)})
    worst = max(float(np.abs(answer - recorded[name]).max()) for answer, name in zip(answers, outputs))
    print(f"golden   {model} on {recording}: largest difference {worst:.1e}, allowed {limit:.0e}")
    return worst <= limit


def _fed(recording: str, feed: str, recorded: np.lib.npyio.NpzFile) -> np.ndarray:
    """Returns what the model is given: the recorded input, or the recorded picture as it wants it."""
    if recording not in PICTURES:
        return recorded[feed]
    mean, deviation = PICTURES[recording]
    return ((recorded["image"].astype(np.float64) - mean) / deviation).transpose(0, 3, 1, 2).astype(np.float32)


def _session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
