"""Tests of Whisper's graphs on a very small Whisper of random weights."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnxruntime

from models.whisper import FRAMES, TIMES, Decoder, Encoder, quantized

WIDTH, HEADS, WORDS, LAYERS, BANDS = 128, 2, 50, 2, 4
ALIGNMENT_HEADS = [[0, 1], [1, 0], [1, 1]]
RANDOM = np.random.default_rng(5)


def tensors() -> dict[str, np.ndarray]:
    made = {"decoder/num_heads": np.array(HEADS, np.int16)}

    def add(name: str, *shape: int) -> None:
        made[name] = (RANDOM.standard_normal(shape) / 4).astype(np.float16)

    def add_linear(name: str, outputs: int, inputs: int) -> None:
        add(f"{name}/weight", outputs, inputs)
        add(f"{name}/bias", outputs)

    def add_norm(name: str) -> None:
        add(f"{name}/gamma", WIDTH)
        add(f"{name}/beta", WIDTH)

    def add_attention(name: str, sizes: tuple[int, ...]) -> None:
        add_norm(f"{name}/layer_norm")
        for i, size in enumerate(sizes):
            add_linear(f"{name}/linear_{i}", size * WIDTH, WIDTH)

    add("encoder/conv1/weight", WIDTH, BANDS, 3)
    add("encoder/conv1/bias", WIDTH)
    add("encoder/conv2/weight", WIDTH, WIDTH, 3)
    add("encoder/conv2/bias", WIDTH)
    add("encoder/position_encodings/encodings", TIMES, WIDTH)
    add("decoder/position_encodings/encodings", 20, WIDTH)
    add("decoder/embeddings/weight", WORDS, WIDTH)
    for part in ("encoder", "decoder"):
        add_norm(f"{part}/layer_norm")
        for i in range(LAYERS):
            layer = f"{part}/layer_{i}"
            add_attention(f"{layer}/self_attention", (3, 1))
            add_norm(f"{layer}/ffn/layer_norm")
            add_linear(f"{layer}/ffn/linear_0", 4 * WIDTH, WIDTH)
            add_linear(f"{layer}/ffn/linear_1", WIDTH, 4 * WIDTH)
            if part == "decoder":
                add_attention(f"{layer}/attention", (1, 2, 1))
    return made


class Pair:
    """Both graphs in one precision, run with ONNX Runtime."""

    def __init__(self, weights: dict[str, np.ndarray], precision: str):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.onnx"
            self.sessions = []
            for part in (Encoder, Decoder):
                part(weights, precision, ALIGNMENT_HEADS).build().write(path)
                self.sessions.append(onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]))

    def hear(self, batch: int) -> dict[str, np.ndarray]:
        mel = np.random.default_rng(1).standard_normal((batch, BANDS, FRAMES)).astype(np.float32)
        return self.run(0, {"mel": mel})

    def write(self, heard: dict[str, np.ndarray], *pieces: np.ndarray) -> dict[str, np.ndarray]:
        """Feeds the pieces of a text one after the other; returns the last answer with all logits."""
        past = {f"past_{kind}_{i}": heard["cross_k_0"][:, :, :0] for kind in "kv" for i in range(LAYERS)}
        cross = {name: value for name, value in heard.items() if name != "hidden"}
        logits = []
        for ids in pieces:
            answer = self.run(1, {**cross, **past, "input_ids": ids})
            past = {name: answer[name.replace("past", "present")] for name in past}
            logits.append(answer["logits"])
        return answer | {"logits": np.concatenate(logits, axis=1)}

    def run(self, which: int, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        session = self.sessions[which]
        names = [value.name for value in session.get_outputs()]
        return dict(zip(names, session.run(names, feeds)))


class WhisperGraphs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.weights = tensors()
        cls.f32 = Pair(cls.weights, "f32")
        cls.heard = cls.f32.hear(batch=2)
        cls.ids = RANDOM.integers(0, WORDS, (2, 7))

    def test_a_text_fed_token_by_token_gives_what_the_whole_gives(self):
        whole = self.f32.write(self.heard, self.ids)
        pieces = self.f32.write(self.heard, self.ids[:, :3], *np.split(self.ids[:, 3:], 4, axis=1))
        for name in ("logits", "present_k_0", "present_v_1"):
            np.testing.assert_allclose(pieces[name], whole[name], atol=1e-4)

    def test_a_token_sees_none_that_come_later(self):
        changed = self.ids.copy()
        changed[:, 4:] = (changed[:, 4:] + 1) % WORDS
        one, other = (self.f32.write(self.heard, ids)["logits"] for ids in (self.ids, changed))
        np.testing.assert_allclose(one[:, :4], other[:, :4], atol=1e-4)
        self.assertGreater(np.abs(one[:, 4:] - other[:, 4:]).max(), 0.1)

    def test_the_rows_of_a_batch_do_not_touch_each_other(self):
        both = self.f32.write(self.heard, self.ids)["logits"]
        second = {name: value[1:] for name, value in self.heard.items()}
        np.testing.assert_allclose(self.f32.write(second, self.ids[1:])["logits"], both[1:], atol=1e-4)

    def test_the_alignment_holds_the_heads_named_one_row_a_token(self):
        self.assertEqual(self.f32.write(self.heard, self.ids)["align_qk"].shape, (2, len(ALIGNMENT_HEADS), 7, TIMES))

    def test_the_other_precisions_give_nearly_the_same(self):
        expected = self.f32.write(self.heard, self.ids)
        for precision, kept, limit in (("f16", np.float16, 0.02), ("int8", np.float32, 0.1)):
            pair = Pair(self.weights, precision)
            heard = pair.hear(batch=2)
            self.assertEqual(heard["cross_k_0"].dtype, kept)
            written = pair.write(heard, self.ids)
            for name in ("logits", "align_qk"):
                self.assertEqual(written[name].dtype, np.float32)
                error = np.abs(written[name] - expected[name]).mean() / np.abs(expected[name]).mean()
                self.assertLess(error, limit, f"{precision} {name}")


class Quantizing(unittest.TestCase):
    def test_a_weight_is_off_by_half_a_step_of_its_block_at_most(self):
        weights = RANDOM.standard_normal((8, 64)).astype(np.float32) * np.logspace(-3, 3, 8, dtype=np.float32)[:, None]
        integers, steps = quantized(weights, 32)
        off = np.abs((integers.astype(np.float32) - 128) * steps[:, :, None] - weights.reshape(8, 2, 32))
        self.assertTrue((off <= steps[:, :, None] * 0.501).all())

    def test_weights_that_are_all_zero_stay_zero(self):
        integers, steps = quantized(np.zeros((2, 32), np.float16), 32)
        self.assertTrue((integers == 128).all() and np.isfinite(steps).all())
