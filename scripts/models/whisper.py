"""Converts Whisper from CTranslate2 into an ONNX graph that listens and one that writes.

Encoder: in `mel` f32 [batch, 80, 3000]; out `hidden` [batch, 1500, width] and, for each layer of the
decoder, the keys and values it looks up: `cross_k_0`, `cross_v_0`, … [batch, head, 1500, 64].

Decoder: in `input_ids` int64 [batch, tokens], `past_k_0`, `past_v_0`, … [batch, head, past, 64] and the
encoder's `cross_k_0`, `cross_v_0`, …; out `logits` f32 [batch, tokens, vocabulary], `align_qk` f32
[batch, alignment head, tokens, 1500], the scores before the softmax, and `present_k_0`, `present_v_0`, …,
which are the next run's past. `past` is 0 at first.

Precisions: `f32`; `f16`, where everything but `mel`, `logits` and `align_qk` is f16; `int8`, where the
matrix products with weights are of integers, scaled by the block, and everything else is f32: a row of a
batch is what it would be alone. The files of `f32` hold the
weights as f16, as they came; ONNX Runtime widens them once, when it loads the graph.
"""

import json
from pathlib import Path

import numpy as np

from .ctranslate2 import read_tensors
from .graph import FLOAT, FLOAT16, INT64, ONNX_RUNTIME, Graph

FRAMES, TIMES = 3000, 1500  # of the mel spectrum, and what the encoder makes of them
EPSILON = 1e-5
ZERO = 128  # the integer that stands for 0
INTEGER_SUMS = 4  # what ONNX Runtime calls the accuracy of products that are summed as integers
HIDDEN = -1e4  # added to the score of what must not be seen; f16 can hold it


def convert(sources: dict[str, Path], target: Path, part: str, precision: str) -> None:
    """Writes the `part`, "encoder" or "decoder", made of the sources called "weights…" joined in order, to `target`."""
    parts = sorted(key for key in sources if key.startswith("weights"))
    tensors = read_tensors(b"".join(sources[key].read_bytes() for key in parts))
    config = json.loads(sources["config"].read_text())
    builder = {"encoder": Encoder, "decoder": Decoder}[part](tensors, precision, config["alignment_heads"])
    builder.build().write(target)


class _Whisper:
    """What both graphs are made of."""

    BLOCK = 32  # values that share a scale

    def __init__(self, tensors: dict[str, np.ndarray], precision: str, alignment_heads: list):
        self.tensors = tensors
        self.precision = precision
        self.alignment_heads = alignment_heads
        self.element = FLOAT16 if precision == "f16" else FLOAT
        self.graph = Graph("whisper")
        self.heads = int(tensors["decoder/num_heads"])
        self.vocabulary, self.width = tensors["decoder/embeddings/weight"].shape

    def layers(self, part: str) -> list[str]:
        count = sum(f"{part}/layer_{i}/ffn/linear_0/weight" in self.tensors for i in range(len(self.tensors)))
        return [f"{part}/layer_{i}" for i in range(count)]

    def number(self, value: float) -> str:
        return self.graph.constant(np.array(value, np.float16 if self.element == FLOAT16 else np.float32))

    def weight(self, array: np.ndarray) -> str:
        """Returns weights in the graph's precision."""
        if self.precision == "int8":
            return self.graph.constant(array.astype(np.float32))
        stored = self.graph.constant(array.astype(np.float16))
        return stored if self.element == FLOAT16 else self.graph.add("Cast", stored, to=FLOAT)

    def linear(self, x: str, name: str, part: slice = slice(None)) -> str:
        """Returns x times a layer's weights, or the `part` of them that makes some of its outputs."""
        bias = self.tensors.get(f"{name}/bias")
        product = self.product(x, self.tensors[f"{name}/weight"][part])
        return product if bias is None else self.graph.add("Add", product, self.weight(bias[part]))

    def product(self, x: str, weights: np.ndarray) -> str:
        """Returns x [.., in] times weights [out, in]."""
        if self.precision == "int8":
            return self.integer_product(x, *map(self.graph.constant, quantized(weights, self.BLOCK)))
        return self.graph.add("MatMul", x, self.weight(weights.T))

    def integer_product(self, x: str, integers: str, scales: str) -> str:
        words, blocks, block = self.graph.shape(integers)
        sizes = dict(N=words, K=blocks * block, block_size=block, bits=8, accuracy_level=INTEGER_SUMS)
        return self.graph.add("MatMulNBits", x, integers, scales, domain=ONNX_RUNTIME, **sizes)

    def split_heads(self, x: str) -> str:
        """Returns x [batch, n, width] as [batch, head, n, 64]."""
        apart = self.graph.add("Reshape", x, self.graph.ints(0, 0, self.heads, -1))
        return self.graph.add("Transpose", apart, perm=[0, 2, 1, 3])

    def linear_parts(self, x: str, name: str, count: int) -> list[str]:
        """Returns what the `count` parts of a layer make of x: query, key and value, or the last two."""
        return [self.linear(x, name, slice(i * self.width, (i + 1) * self.width)) for i in range(count)]

    def normalized(self, x: str, name: str) -> str:
        parts = (self.weight(self.tensors[f"{name}/{part}"]) for part in ("gamma", "beta"))
        return self.graph.add("LayerNormalization", x, *parts, axis=-1, epsilon=EPSILON)

    def feed_forward(self, x: str, layer: str) -> str:
        inner = self.linear(self.normalized(x, f"{layer}/ffn/layer_norm"), f"{layer}/ffn/linear_0")
        return self.graph.add("Add", x, self.linear(self.gelu(inner), f"{layer}/ffn/linear_1"))

    def gelu(self, x: str) -> str:
        g = self.graph
        bent = g.add("Erf", g.add("Div", x, self.number(2**0.5)))
        return g.add("Mul", g.add("Mul", x, g.add("Add", bent, self.number(1))), self.number(0.5))

    def cross_shape(self) -> list:
        return ["batch", self.heads, TIMES, self.width // self.heads]


class Encoder(_Whisper):
    """Builds the graph that listens."""

    BLOCK = 128  # a third faster than 32 over 1500 rows at once, and as good

    def build(self) -> Graph:
        """Returns the whole graph."""
        g = self.graph
        x = self.sounds()
        for layer in self.layers("encoder"):
            x = self.feed_forward(self.attention(x, layer), layer)
        x = self.normalized(x, "encoder/layer_norm")
        g.output(x, "hidden", self.element, ["batch", TIMES, self.width])
        for i, layer in enumerate(self.layers("decoder")):
            for kind, looked_up in zip("kv", self.linear_parts(x, f"{layer}/attention/linear_1", 2)):
                g.output(self.split_heads(looked_up), f"cross_{kind}_{i}", self.element, self.cross_shape())
        return g

    def sounds(self) -> str:
        """Returns the mel spectrum convolved, with the places in time added."""
        g = self.graph
        bands = self.tensors["encoder/conv1/weight"].shape[1]
        x = g.input("mel", FLOAT, ["batch", bands, FRAMES])
        x = g.add("Cast", x, to=FLOAT16) if self.element == FLOAT16 else x
        for name, stride in (("conv1", 1), ("conv2", 2)):
            kernel, bias = (self.weight(self.tensors[f"encoder/{name}/{part}"]) for part in ("weight", "bias"))
            x = self.gelu(g.add("Conv", x, kernel, bias, kernel_shape=[3], pads=[1, 1], strides=[stride]))
        places = self.weight(self.tensors["encoder/position_encodings/encodings"])
        return g.add("Add", g.add("Transpose", x, perm=[0, 2, 1]), places)

    def attention(self, x: str, layer: str) -> str:
        name = f"{layer}/self_attention"
        parts = self.linear_parts(self.normalized(x, f"{name}/layer_norm"), f"{name}/linear_0", 3)
        # One operator for it all: a quarter faster than four, as no 1500 by 1500 scores are ever laid out.
        seen = self.graph.add("MultiHeadAttention", *parts, domain=ONNX_RUNTIME, num_heads=self.heads)
        return self.graph.add("Add", x, self.linear(seen, f"{name}/linear_1"))


class Decoder(_Whisper):
    """Builds the graph that writes."""

    def build(self) -> Graph:
        """Returns the whole graph."""
        g = self.graph
        self.ids = g.input("input_ids", INT64, ["batch", "tokens"])
        layers = self.layers("decoder")
        self.past = [self.inputs("past", i, self.cache_shape("past")) for i in range(len(layers))]
        self.cross = [self.inputs("cross", i, self.cross_shape()) for i in range(len(layers))]
        self.read_sizes()
        self.aligned = []
        self.read_embeddings()
        x = g.add("Add", self.words(), self.places())
        mask = self.mask()
        for i, layer in enumerate(layers):
            x = self.self_attention(x, i, layer, mask)
            x = self.cross_attention(x, i, layer)
            x = self.feed_forward(x, layer)
        self.logits(self.normalized(x, "decoder/layer_norm"))
        self.alignment()
        return g

    def inputs(self, kind: str, layer: int, shape: list) -> list[str]:
        return [self.graph.input(f"{kind}_{part}_{layer}", self.element, shape) for part in "kv"]

    def cache_shape(self, length: str) -> list:
        return ["batch", self.heads, length, self.width // self.heads]

    def read_sizes(self) -> None:
        """Notes how many tokens there were and how many there will be, each a vector of one number."""
        g = self.graph
        self.start = g.add("Slice", g.add("Shape", self.past[0][0]), g.ints(2), g.ints(3))
        tokens = g.add("Slice", g.add("Shape", self.ids), g.ints(1), g.ints(2))
        self.end = g.add("Add", self.start, tokens)

    def read_embeddings(self) -> None:
        """Notes the words' vectors, [word, width]: the same constant begins the graph and ends it."""
        weights = self.tensors["decoder/embeddings/weight"]
        if self.precision == "int8":
            self.embeddings, self.scales = map(self.graph.constant, quantized(weights, self.BLOCK))
        else:
            self.embeddings = self.weight(weights)

    def words(self) -> str:
        """Returns the vectors of the tokens, [batch, tokens, width]."""
        g = self.graph
        rows = g.add("Gather", self.embeddings, self.ids)
        if self.precision != "int8":
            return rows
        scales = g.add("Unsqueeze", g.add("Gather", self.scales, self.ids), g.ints(3))
        steps = g.add("Sub", g.add("Cast", rows, to=FLOAT), self.number(ZERO))
        return g.add("Reshape", g.add("Mul", steps, scales), g.ints(0, 0, self.width))

    def places(self) -> str:
        encodings = self.weight(self.tensors["decoder/position_encodings/encodings"])
        return self.graph.add("Slice", encodings, self.start, self.end, self.graph.ints(0))

    def mask(self) -> str:
        """Returns what to add to the scores [tokens, past + tokens]: no token sees a later one."""
        g = self.graph
        zero, one, axis = g.constant(np.int64(0)), g.constant(np.int64(1)), g.ints(0)
        start, end = g.add("Squeeze", self.start, axis), g.add("Squeeze", self.end, axis)
        seeing = g.add("Unsqueeze", g.add("Range", start, end, one), g.ints(1))
        visible = g.add("LessOrEqual", g.add("Range", zero, end, one), seeing)
        return g.add("Where", visible, self.number(0), self.number(HIDDEN))

    def self_attention(self, x: str, index: int, layer: str, mask: str) -> str:
        g, name = self.graph, f"{layer}/self_attention"
        parts = self.linear_parts(self.normalized(x, f"{name}/layer_norm"), f"{name}/linear_0", 3)
        query, *new = map(self.split_heads, parts)
        key, value = (
            g.name_output(f"present_{kind}_{index}", self.element, self.cache_shape("total"), "Concat", old, part, axis=2)
            for kind, old, part in zip("kv", self.past[index], new)
        )
        seen = self.weighted(g.add("Add", self.scores(query, key), mask), value)
        return g.add("Add", x, self.linear(seen, f"{name}/linear_1"))

    def cross_attention(self, x: str, index: int, layer: str) -> str:
        g, name = self.graph, f"{layer}/attention"
        query = self.linear(self.normalized(x, f"{name}/layer_norm"), f"{name}/linear_0")
        key, value = self.cross[index]
        scores = self.scores(self.split_heads(query), key)
        heads = [head for of, head in self.alignment_heads if of == index]
        if heads:
            self.aligned.append(g.add("Gather", scores, g.ints(*heads), axis=1))
        return g.add("Add", x, self.linear(self.weighted(scores, value), f"{name}/linear_2"))

    def scores(self, query: str, key: str) -> str:
        g = self.graph
        scaled = g.add("Mul", query, self.number((self.width // self.heads) ** -0.5))
        return g.add("MatMul", scaled, g.add("Transpose", key, perm=[0, 1, 3, 2]))

    def weighted(self, scores: str, value: str) -> str:
        g = self.graph
        return self.join_heads(g.add("MatMul", g.add("Softmax", scores, axis=-1), value))

    def join_heads(self, x: str) -> str:
        together = self.graph.add("Transpose", x, perm=[0, 2, 1, 3])
        return self.graph.add("Reshape", together, self.graph.ints(0, 0, self.width))

    def logits(self, x: str) -> None:
        g = self.graph
        if self.precision == "int8":
            scores = self.integer_product(x, self.embeddings, self.scales)
        else:
            # Transposed once, when the graph is loaded.
            scores = g.add("MatMul", x, g.add("Transpose", self.embeddings, perm=[1, 0]))
        self.give_floats(scores, "logits", ["batch", "tokens", self.vocabulary])

    def alignment(self) -> None:
        together = self.graph.add("Concat", *self.aligned, axis=1)
        self.give_floats(together, "align_qk", ["batch", len(self.alignment_heads), "tokens", TIMES])

    def give_floats(self, x: str, name: str, shape: list) -> None:
        if self.element == FLOAT16:
            x = self.graph.add("Cast", x, to=FLOAT)
        self.graph.output(x, name, FLOAT, shape)


def quantized(weights: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns weights [out, in] as integers [out, blocks, block] around `ZERO` and the value of a step, [out, blocks]."""
    blocks = weights.astype(np.float32).reshape(len(weights), -1, block)
    largest = np.abs(blocks).max(axis=2)
    steps = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(ZERO - 1)
    return (np.rint(blocks / steps[:, :, None]) + ZERO).astype(np.uint8), steps
