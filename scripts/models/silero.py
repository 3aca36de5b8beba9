"""Takes Silero's voice activity detector as its makers ship it.

In `input` f32 [frames, 576]: 64 samples of the frame before and 512 new ones at 16 kHz; `h` and `c` f32
[1, 1, 128], the memory. Out `speech_probs` f32 [frames]; `hn` and `cn`, the memory to go on with.
"""

import os
import shutil
from pathlib import Path


def convert(sources: dict[str, Path], target: Path) -> None:
    """Copies `sources["graph"]` to `target`, whole or not at all."""
    temporary = target.with_name(target.name + ".tmp")
    shutil.copyfile(sources["graph"], temporary)
    os.replace(temporary, target)
