"""Takes a file as its makers ship it."""

import os
import shutil
from pathlib import Path


def convert(sources: dict[str, Path], target: Path) -> None:
    """Copies the only source to `target`, whole or not at all."""
    (source,) = sources.values()
    temporary = target.with_name(target.name + ".tmp")
    shutil.copyfile(source, temporary)
    os.replace(temporary, target)
