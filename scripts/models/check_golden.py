"""Compares the installed models with what the original frameworks made of the same inputs.

The recorded inputs and outputs are not part of the project; without them this says so and ends well.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from . import check_whisper, drawn_face
from .packages import say

# model file: (recording, input, outputs, largest difference allowed)
RECORDINGS = [
    ("transnetv2.onnx", "transnetv2.npz", "frames", ("single_frame", "many_hot"), 1e-5),
    ("transnetv2.onnx", "transnetv2_t200.npz", "frames", ("single_frame", "many_hot"), 1e-5),
    ("transnetv2_int8.onnx", "transnetv2.npz", "frames", ("single_frame", "many_hot"), 1e-2),
    ("transnetv2_int8.onnx", "transnetv2_t200.npz", "frames", ("single_frame", "many_hot"), 1e-2),
    ("speech_music_noise.onnx", "ina_speech_music_noise.npz", "patches", ("probs",), 1e-5),
    ("centerface.onnx", "centerface.npz", "input", ("heatmap", "scale", "offset", "landmarks"), 1e-4),
    ("efficientnet_lite0.onnx", "efficientnet_lite0.npz", "image", ("embedding", "logits"), 1e-3),
    ("vit_s_focus.onnx", "vit_s_focus.npz", "input_image", ("output_importance",), 1e-4),
]
TEXT_LIMIT = 2e-3  # its map was recorded in half precision
SPEECH_LIMIT = 1e-5
SPEECH_OLD, SPEECH_NEW = 64, 512  # samples of a row: of the row before, and new ones
LEAST_COSINE = 0.999
PERSON_LIMIT = 1e-4
MESH_LIMIT = 1e-2  # of a pixel; recorded to a thousandth
THOUGHT_LIMIT = 0.03  # an 8-bit graph: processors and versions of the runtime differ
PERSONS, PEAK = 6, 2  # found in one picture, and how many places around one belong to it
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
        say("golden", "skipped: no recordings of the original models here")
        return
    answers = [_compare(arguments, *recording) for recording in RECORDINGS]
    answers += [_compare_speech(arguments), _compare_text(arguments), _compare_picture_text(arguments), _compare_persons(arguments), _compare_face_mesh(arguments), _compare_thoughts(arguments)]
    answers += check_whisper.compare(arguments.models, arguments.recordings, _session)
    if not all(answers):
        sys.exit("error: a model does not give what the original gives")


def _compare(arguments: argparse.Namespace, model: str, recording: str, feed: str, outputs: tuple[str, ...], limit: float) -> bool:
    recorded = np.load(arguments.recordings / recording)
    answers = _session(arguments.models / model).run(list(outputs), {feed: _fed(recording, feed, recorded)})
    worst = max(float(np.abs(answer - recorded[name]).max()) for answer, name in zip(answers, outputs))
    say("golden", f"{model} on {recording}: largest difference {worst:.1e}, allowed {limit:.0e}")
    return worst <= limit


def _compare_speech(arguments: argparse.Namespace) -> bool:
    recorded = np.load(arguments.recordings / "silero_vad.npz")
    samples = np.pad(recorded["pcm16"].astype(np.float32) / 32768, (SPEECH_OLD, 0))
    rows = np.lib.stride_tricks.sliding_window_view(samples, SPEECH_OLD + SPEECH_NEW)[::SPEECH_NEW]
    memory = np.zeros((1, 1, 128), np.float32)
    (found,) = _session(arguments.models / "silero_vad.onnx").run(["speech_probs"], {"input": rows, "h": memory, "c": memory})
    worst = float(np.abs(found - recorded["speech_probs"]).max())
    say("golden", f"silero_vad.onnx on silero_vad.npz: largest difference {worst:.1e}, allowed {SPEECH_LIMIT:.0e}")
    return worst <= SPEECH_LIMIT


def _compare_text(arguments: argparse.Namespace) -> bool:
    recorded = json.loads((arguments.recordings / "minilm.json").read_text())
    session = _session(arguments.models / "minilm.onnx")
    pairs = zip(recorded["input_ids"], recorded["embedding_int8"])
    least = min(_cosine(_embedding(session, ids), np.array(expected)) for ids, expected in pairs)
    say("golden", f"minilm.onnx on minilm.json: least cosine {least:.5f}, allowed {LEAST_COSINE}")
    return least >= LEAST_COSINE


def _compare_picture_text(arguments: argparse.Namespace) -> bool:
    recorded = np.load(arguments.recordings / "ppocr_det_tiny.npz")
    mean, deviation = PICTURES["vit_s_focus.npz"]  # in the order of the planes, blue first
    planes = ((recorded["image_rgb"][..., ::-1].astype(np.float64) - mean) / deviation).transpose(2, 0, 1)
    (found,) = _session(arguments.models / "ppocr_det_tiny.onnx").run(["fetch_name_0"], {"x": planes[None].astype(np.float32)})
    worst = float(np.abs(found[0, 0] - recorded["map"].astype(np.float32)).max())
    say("golden", f"ppocr_det_tiny.onnx on ppocr_det_tiny.npz: largest difference {worst:.1e}, allowed {TEXT_LIMIT:.0e}")
    return worst <= TEXT_LIMIT


def _compare_persons(arguments: argparse.Namespace) -> bool:
    recorded = np.load(arguments.recordings / "movenet_multipose.npz")
    session = _session(arguments.models / "movenet_multipose.onnx")
    worst = max(_worst_box(session, recorded[f"image_{name}"], recorded[f"out_{name}"]) for name in ("person", "person2"))
    say("golden", f"movenet_multipose.onnx on movenet_multipose.npz: largest difference {worst:.1e}, allowed {PERSON_LIMIT:.0e}")
    return worst <= PERSON_LIMIT


def _compare_face_mesh(arguments: argparse.Namespace) -> bool:
    session = _session(arguments.models / "facemesh.onnx")
    worst = 0.0
    for lids, points in drawn_face.POINTS.items():
        planes = (drawn_face.draw(lids) / 255).astype(np.float32).transpose(2, 0, 1)[None]
        mesh = session.run(["mesh"], {"input": planes})[0].reshape(-1, 3)
        worst = max(worst, *(float(np.abs(mesh[point] - place).max()) for point, place in points.items()))
    say("golden", f"facemesh.onnx on a drawn face: largest difference {worst:.1e}, allowed {MESH_LIMIT:.0e}")
    return worst <= MESH_LIMIT


def _compare_thoughts(arguments: argparse.Namespace) -> bool:
    recorded = np.load(arguments.recordings / "smart_turn.npz")
    session = _session(arguments.models / "smart_turn.onnx")
    ends = ("whole", "cut_at_7s", "cut_at_4s")
    found = [session.run(["logits"], {"input_features": recorded[f"mel_{end}"][None]})[0] for end in ends]
    worst = max(abs(float(answer.item() - recorded[f"p_{end}"].item())) for answer, end in zip(found, ends))
    say("golden", f"smart_turn.onnx on smart_turn.npz: largest difference {worst:.1e}, allowed {THOUGHT_LIMIT:.0e}")
    return worst <= THOUGHT_LIMIT


def _worst_box(session: onnxruntime.InferenceSession, image: np.ndarray, persons: np.ndarray) -> float:
    """Returns how far the boxes of the likeliest persons are from the recorded ones: top, left, bottom, right."""
    planes = image.transpose(2, 0, 1)[None].astype(np.float32)
    centers, sizes, offsets = (maps[0] for maps in session.run(["centers", "sizes", "offsets"], {"input": planes}))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(centers[0], PEAK), (2 * PEAK + 1, 2 * PEAK + 1))
    peaks = np.where(centers[0] >= around.max(axis=(2, 3)), centers[0], 0)
    places = np.argsort(-peaks, axis=None)[:PERSONS]
    rows, columns = np.unravel_index(places, peaks.shape)
    middles = np.stack([rows, columns]) + offsets[:, rows, columns]
    halves = np.maximum(sizes[:, rows, columns], 0) / 2
    shape = np.array(peaks.shape)[:, None]
    boxes = np.concatenate([(middles - halves) / shape, (middles + halves) / shape]).clip(0, 1).T
    return float(np.abs(boxes - persons[:, 51:55]).max())


def _embedding(session: onnxruntime.InferenceSession, ids: list[int]) -> np.ndarray:
    tokens = np.array([ids], np.int64)
    feeds = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
    return session.run(["last_hidden_state"], feeds)[0][0].mean(axis=0)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


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
