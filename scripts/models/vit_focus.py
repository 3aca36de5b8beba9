"""Takes the ViT-S focus model as its maker ships it.

In `input_image` f32 [batch, 3, 224, 224] RGB, ImageNet's mean and deviation taken out; out `output_importance`
f32 [batch, 1, 224, 224], 0..1.
"""

import os
import shutil
from pathlib import Path


def convert(sources: dict[str, Path], target: Path) -> None:
    """Copies `sources["graph"]` to `target`, whole or not at all."""
    temporary = target.with_name(target.name + ".tmp")
    shutil.copyfile(sources["graph"], temporary)
    os.replace(temporary, target)
