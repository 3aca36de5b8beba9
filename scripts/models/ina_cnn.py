"""Converts inaSpeechSegmenter's speech / music / noise network from Keras into an ONNX graph.

In `patches` f32 [batch, 68, 21]: 68 frames of 21 logarithmic mel bands, each patch of mean 0 and
deviation 1; out `probs` f32 [batch, 3]: speech, music, noise.
"""

import json
from pathlib import Path

import h5py
import numpy as np

from .graph import FLOAT, Graph


def convert(sources: dict[str, Path], target: Path) -> None:
    """Writes the graph made of `sources["weights"]`, a Keras HDF5 file, to `target`."""
    with h5py.File(sources["weights"]) as file:
        _Converter(file).build().write(target)


class _Converter:
    def __init__(self, file: h5py.File):
        config = json.loads(file.attrs["model_config"])["config"]
        self.layers = config if isinstance(config, list) else config["layers"]
        self.weights = file["model_weights"]
        self.graph = Graph("speech_music_noise")

    def build(self) -> Graph:
        g = self.graph
        _, frames, bands = self.layers[0]["config"]["batch_input_shape"]
        self.size = (frames, bands)
        x = g.add("Unsqueeze", g.input("patches", FLOAT, ["batch", frames, bands]), g.ints(1))
        for layer, following in zip(self.layers, [*self.layers[1:], None]):
            x = self.layer(layer, following, x)
        g.output(x, "probs", FLOAT, ["batch", 3])
        return g

    def layer(self, layer: dict, following: dict | None, x: str) -> str:
        """Returns what one layer makes of x; a batch normalisation is folded into the layer before it."""
        config = layer["config"]
        match layer["class_name"]:
            case "Conv2D":
                x = self.convolution(config, following, x)
            case "Dense":
                kernel, bias = self.folded(config, following)
                x = self.graph.add("Gemm", x, self.graph.constant(kernel), self.graph.constant(bias))
            case "MaxPooling2D":
                return self.pooled(config, x)
            case "Flatten":  # Keras keeps the channels last
                return self.graph.add("Flatten", self.graph.add("Transpose", x, perm=[0, 2, 3, 1]))
            case "Activation" | "Reshape" | "BatchNormalization" | "Dropout":
                pass
            case other:
                raise ValueError(f"no rule for a layer of class {other}")
        return self.activated(config.get("activation", "linear"), x)

    def activated(self, activation: str, x: str) -> str:
        match activation:
            case "linear":
                return x
            case "relu":
                return self.graph.add("Relu", x)
            case "softmax":
                return self.graph.add("Softmax", x, axis=-1)
        raise ValueError(f"no rule for the activation {activation}")

    def convolution(self, config: dict, following: dict | None, x: str) -> str:
        g = self.graph
        kernel, bias = self.folded(config, following)
        self.size = tuple(side - edge + 1 for side, edge in zip(self.size, config["kernel_size"]))
        turned = g.constant(kernel.transpose(3, 2, 0, 1))
        return g.add("Conv", x, turned, g.constant(bias), kernel_shape=config["kernel_size"])

    def pooled(self, config: dict, x: str) -> str:
        """Returns x pooled; "same" pads what is missing, the larger half at the end."""
        pool = config["pool_size"]
        missing = [-side % edge if config["padding"] == "same" else 0 for side, edge in zip(self.size, pool)]
        self.size = tuple((side + more) // edge for side, more, edge in zip(self.size, missing, pool))
        pads = [more // 2 for more in missing] + [more - more // 2 for more in missing]
        return self.graph.add("MaxPool", x, kernel_shape=pool, strides=config["strides"], pads=pads)

    def folded(self, config: dict, following: dict | None) -> tuple[np.ndarray, np.ndarray]:
        """Returns a layer's kernel and bias, with the batch normalisation that follows it folded in."""
        kernel, bias = (self.weight(config["name"], part) for part in ("kernel", "bias"))
        if following and following["class_name"] == "BatchNormalization":
            name = following["config"]["name"]
            parts = ("gamma", "beta", "moving_mean", "moving_variance")
            gamma, beta, mean, variance = (self.weight(name, part) for part in parts)
            scale = gamma / np.sqrt(variance + following["config"]["epsilon"])
            kernel, bias = kernel * scale, (bias - mean) * scale + beta
        return kernel.astype(np.float32), bias.astype(np.float32)

    def weight(self, layer: str, part: str) -> np.ndarray:
        group = self.weights[layer]
        path = next(name for name in group.attrs["weight_names"] if _text(name).endswith(f"/{part}:0"))
        return group[_text(path)][()].astype(np.float64)


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
