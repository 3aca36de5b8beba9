"""Compares both graphs of each Whisper with what the originals heard and wrote.

The recorded tokens are fed to the decoder, which must find each of them likeliest after those before it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession

from .packages import say


@dataclass(frozen=True)
class Vocabulary:
    """The tokens that are no words."""

    prompt: tuple[int, ...]
    end: int
    first_time: int


MANY_LANGUAGES = Vocabulary(prompt=(50258, 50259, 50359), end=50257, first_time=50364)
ONLY_ENGLISH = Vocabulary(prompt=(50257,), end=50256, first_time=50363)
# model, precision, entry of the recording, tokens
WRITTEN = [
    ("whisper_base", "f32", "whisper_base_f32", MANY_LANGUAGES),
    ("whisper_base", "f16", "whisper_base_f32", MANY_LANGUAGES),
    ("whisper_base", "int8", "whisper_base_f32", MANY_LANGUAGES),
    ("whisper_tiny_en", "int8", "whisper_tiny_en_int8", ONLY_ENGLISH),
]
HEARD_LIMITS = {"f32": 1e-4, "f16": 2e-2, "int8": 0.5}  # the values go up to 14
LEAST_WRITTEN = {"f32": 1.0, "f16": 1.0, "int8": 0.9}  # int8 may set a comma elsewhere

Open = Callable[[Path], InferenceSession]


def compare(models: Path, recordings: Path, open_session: Open) -> Iterator[bool]:
    """Yields for each model that is installed whether it gives what was recorded."""
    spectrum = np.load(recordings / "whisper_base_mel.npz")
    written = json.loads((recordings / "whisper_jfk.json").read_text())
    for name, precision, entry, vocabulary in WRITTEN:
        files = [models / f"{name}_{part}_{precision}.onnx" for part in ("encoder", "decoder")]
        if not all(file.is_file() for file in files):
            say("golden", f"{name} {precision} skipped: not installed (scripts/setup --variants {precision})")
            continue
        encoder, decoder = map(open_session, files)
        heard = _run(encoder, {"mel": spectrum["mel"]})
        if name == "whisper_base":
            yield _same_hearing(f"{name} {precision}", heard, spectrum["hidden_first8"], HEARD_LIMITS[precision])
        config = json.loads((models / f"{name}_config.json").read_text())
        tokens = [*vocabulary.prompt, *written[entry]["tokens"], vocabulary.end]
        right, words = _written(_logits(decoder, heard, tokens), tokens, vocabulary, config)
        say("golden", f"{name} {precision} writes {right} of {words} recorded words and signs")
        yield right >= words * LEAST_WRITTEN[precision]


def _same_hearing(name: str, heard: dict[str, np.ndarray], expected: np.ndarray, limit: float) -> bool:
    worst = float(np.abs(heard["hidden"][:, : expected.shape[1]] - expected).max())
    say("golden", f"{name} hears: largest difference {worst:.1e}, allowed {limit:.0e}")
    return worst <= limit


def _written(logits: np.ndarray, tokens: list[int], vocabulary: Vocabulary, config: dict) -> tuple[int, int]:
    """Returns how many tokens were found likeliest, and of how many; tokens of times follow rules of their own."""
    logits[:, config["suppress_ids"]] = -np.inf
    places = [i for i in range(len(vocabulary.prompt), len(tokens)) if tokens[i] < vocabulary.first_time]
    return sum(int(logits[i - 1].argmax()) == tokens[i] for i in places), len(places)


def _logits(decoder: InferenceSession, heard: dict[str, np.ndarray], tokens: list[int]) -> np.ndarray:
    """Returns the logits after each token, the second half of them by way of the cache."""
    names = [value.name for value in decoder.get_inputs()]
    cross = {name: heard[name] for name in names if name in heard}
    past = {name: heard["cross_k_0"][:, :, :0] for name in names if name.startswith("past")}
    logits, half = [], len(tokens) // 2
    for ids in (tokens[:half], tokens[half:]):
        answer = _run(decoder, {**cross, **past, "input_ids": np.array([ids], np.int64)})
        past = {name: answer[name.replace("past", "present")] for name in past}
        logits.append(answer["logits"][0])
    return np.concatenate(logits)


def _run(session: InferenceSession, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))
