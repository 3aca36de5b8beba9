"""Reads the editors' files of a run back with OpenTimelineIO and compares them with what the run says of its clips.

OUT: the output folder of a run, or of one job. In every folder in it with a timeline.otio, each clip of timeline.otio,
timeline.edl, timeline.fcpxml and timeline.xml must begin and end with the frame nearest to its times in clips.json, counted
from the file's timecode, in the same order, without gaps. Prints a line a folder, and one for each difference; ends with 1 if there is any.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import opentimelineio as otio

RATES = [Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)]
RATES += [Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60)]
DROPPING = [Fraction(30_000, 1001), Fraction(60_000, 1001)]
SAME = Fraction(4, 10_000)  # rates that differ by a smaller share are one, rounded
ROUNDING = Fraction(1, 1_000_000)  # of the times in clips.json, in seconds


class Clip(NamedTuple):
    """A clip as a file has it, in frames."""

    name: str
    start: Fraction
    end: Fraction
    record: Fraction


class Job:
    """What a run says of its clips."""

    def __init__(self, folder: Path):
        media = read_json(folder / "analysis.json")["media"]
        self.clips = read_json(folder / "clips.json")["clips"]
        self.start, self.fps, self.varies = media["start"], media["fps"], media["vfr"]
        self.sound = media["audio_codec"] is not None
        self.pictures = media["video_codec"] is not None
        self.timecode = media["timecode"]

    def first(self, rate: Fraction) -> int:
        """The number of the file's first frame."""
        return int(otio.opentime.from_timecode(self.timecode, float(rate)).value) if self.timecode else 0

    def differences(self, rate: Fraction, found: list[Clip], names: list[str]) -> Iterator[str]:
        """Compares clips with the truth at this rate; the edges of a clip may be named by either frame if both are as near."""
        if len(found) != len(self.clips):
            yield f"{len(found)} clips, not {len(self.clips)}"
            return
        record = found[0].record if found else 0
        first = self.first(rate)
        for clip, truth, name in zip(found, self.clips, names, strict=True):
            label = f"clip {truth['rank']}"
            if clip.name != name:
                yield f"{label}: called {clip.name!r}, not {name!r}"
            for edge in ("start", "end"):
                frame, exact = getattr(clip, edge), first + (truth[edge] - self.start) * rate
                if frame.denominator != 1 or abs(frame - exact) > Fraction(1, 2) + 2 * ROUNDING * rate:
                    yield f"{label}: {edge} is frame {frame}, not {float(exact)}"
            if clip.record != record:
                yield f"{label}: lies at {clip.record} of the sequence, not {record}"
            record += clip.end - clip.start


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(), parse_float=Fraction)


def one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", " ", text).strip()


def known_rate(value: float) -> Fraction:
    return min(RATES, key=lambda rate: abs(rate - Fraction(value)))


def check(folder: Path) -> Iterator[str]:
    """Yields what is different in the files of a job."""
    job = Job(folder)
    timeline = otio.adapters.read_from_file(str(folder / "timeline.otio"))
    if not job.clips:
        return
    media = timeline.tracks[0][0].media_reference
    rate = known_rate(media.available_range.duration.rate)
    if job.fps and not job.varies and known_rate(job.fps) != rate:
        if abs(known_rate(job.fps) / Fraction(job.fps) - 1) < SAME:
            yield f"{rate} frames a second, not {float(job.fps)}"
    if media.available_range.start_time.value != job.first(rate):
        yield f"the file begins at {media.available_range.start_time.value}, not {job.first(rate)}"
    readers = {"otio": check_otio, "edl": check_edl, "fcpxml": check_fcpxml, "xml": check_xmeml}
    for ending, reader in readers.items():
        path = folder / f"timeline.{ending}"
        for difference in reader(job, path, rate, media):
            yield f"{path.name}: {difference}"


def check_otio(job: Job, path: Path, rate: Fraction, media: otio.schema.ExternalReference) -> Iterator[str]:
    timeline = otio.adapters.read_from_file(str(path))
    kinds = ["Video"] * job.pictures + ["Audio"] * job.sound
    if [track.kind for track in timeline.tracks] != kinds:
        yield f"not {kinds}"
    for track in timeline.tracks:
        found = [clip_of(clip) for clip in track]
        yield from job.differences(rate, found, [clip["title"] for clip in job.clips])
        for clip in track:
            if not clip.media_reference.is_equivalent_to(media) or clip.source_range.duration.rate != float(rate):
                yield f"{clip.name!r}: another source"
        if any(clip.end > last(media) for clip in found):
            yield "beyond its source"


def check_edl(job: Job, path: Path, rate: Fraction, media: otio.schema.ExternalReference) -> Iterator[str]:
    text = path.read_bytes().decode()
    drops = "FCM: DROP FRAME\r\n" in text
    records = re.findall(r"^\d{3,}  .* (\S+) \S+\r$", text, re.MULTILINE)
    if records[0] != ("01:00:00;00" if drops else "01:00:00:00") or (";" in "".join(records)) != drops:
        yield f"begins at {records[0]}"
    if job.timecode and rate in DROPPING and drops != (";" in job.timecode):
        yield f"{'drop' if drops else 'non-drop'} frame, but the file begins at {job.timecode}"
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    kinds = [track.kind for track in timeline.tracks]
    if ("Video" in kinds) != job.pictures or ("Audio" in kinds) != job.sound:
        yield f"tracks {kinds}"
    for track in timeline.tracks:
        found = [clip_of(clip) for clip in track]
        yield from job.differences(rate, found, [one_line(media.name)] * len(job.clips))
        for clip, truth in zip(track, job.clips):
            notes = clip.metadata["cmx_3600"]
            if not re.fullmatch("[A-Z0-9]{1,8}", notes.get("reel", "AX")):
                yield f"a reel called {notes['reel']}"
            if f"COMMENT: {one_line(truth['title'])}" not in notes["comments"]:
                yield f"no title of clip {truth['rank']}"


def check_fcpxml(job: Job, path: Path, rate: Fraction, media: otio.schema.ExternalReference) -> Iterator[str]:
    text = path.read_text()
    tree = ElementTree.fromstring(text)
    titles = [one_line(clip["title"]) for clip in job.clips]
    found = [xml_clip(clip, rate) for clip in tree.findall(".//spine/asset-clip")]
    yield from job.differences(rate, found, titles)
    if seconds(tree.find(".//format").get("frameDuration")) * rate != 1:
        yield "another rate"
    if tree.find(".//media-rep").get("src") != media.target_url:
        yield "another source"
    asset = tree.find(".//asset")
    start, length = (seconds(asset.get(name)) * rate for name in ("start", "duration"))
    if (start, length) != (job.first(rate), media.available_range.duration.value):
        yield "another part of its source"
    if any(clip.start < start or clip.end > start + length for clip in found):
        yield "beyond its source"
    counts = {clip.get("tcFormat") for clip in tree.findall(".//*[@tcFormat]")}
    if job.timecode and rate in DROPPING and counts != {"DF" if ";" in job.timecode else "NDF"}:
        yield f"counts {counts}, but the file begins at {job.timecode}"
    if any(int(tree.find(".//format").get(side)) < 1 for side in ("width", "height")):
        yield "no size"
    yield from check_fcpxml_adapter(text, titles, found, rate)


def check_fcpxml_adapter(text: str, titles: list[str], found: list[Clip], rate: Fraction) -> Iterator[str]:
    """Compares with what the adapter reads, which is less exact: it cuts 29.97 down to 29, and off what is left of a frame."""
    [track] = otio.adapters.read_from_string(text, "fcpx_xml")[0].tracks
    clips = list(track.find_clips())
    if [clip.name for clip in clips] != titles:
        yield "the adapter reads other clips"
    for clip, exact in zip(clips, found):
        for read, frame in ((clip.source_range.start_time, exact.start), (clip.source_range.duration, exact.end - exact.start)):
            if abs(Fraction(read.value) - frame / rate * int(rate)) > 1:
                yield f"{clip.name!r}: the adapter reads {read.value}, not {float(frame / rate * int(rate))}"


def check_xmeml(job: Job, path: Path, rate: Fraction, media: otio.schema.ExternalReference) -> Iterator[str]:
    text = path.read_text()
    timeline = otio.adapters.read_from_string(text, "fcp_xml")
    titles = [one_line(clip["title"]) for clip in job.clips]
    kinds = [track.kind for track in timeline.tracks]
    if kinds.count("Video") != job.pictures or ("Audio" in kinds) != job.sound:
        yield f"tracks {kinds}"
    for track in timeline.tracks:
        clips = list(track.find_clips())
        yield from job.differences(rate, [clip_of(clip) for clip in clips], titles)
        for clip in clips:
            if clip.media_reference.target_url.replace("//localhost/", "///") != media.target_url:
                yield f"{clip.name!r}: another source"
            if clip.media_reference.available_range != media.available_range or known_rate(clip.source_range.duration.rate) != rate:
                yield f"{clip.name!r}: {clip.media_reference.available_range}, not {media.available_range}"
    yield from check_xmeml_labels(job, ElementTree.fromstring(text), rate)


def check_xmeml_labels(job: Job, tree: ElementTree.Element, rate: Fraction) -> Iterator[str]:
    """Compares what the adapter does not look at: labels beside their frames, links, a size."""
    for timecode in tree.iter("timecode"):
        label, frame, shown = (timecode.findtext(name) for name in ("string", "frame", "displayformat"))
        read = otio.opentime.from_timecode(label, float(rate)).value
        if read != int(frame) or shown != ("DF" if ";" in label else "NDF"):
            yield f"{label} is not frame {frame} as {shown}"
    if job.timecode and tree.findtext(".//file/timecode/string") != job.timecode:
        yield f"the file does not begin at {job.timecode}"
    ids = {item.get("id") for item in tree.iter("clipitem")}
    for item in tree.iter("clipitem"):
        linked = {link.text for link in item.findall("link/linkclipref")}
        if (item.get("id") in linked) != job.sound or not linked <= ids:
            yield f"{item.get('id')} is linked to {linked}"
    if any(int(tree.findtext(f".//video/format/samplecharacteristics/{side}")) < 1 for side in ("width", "height")):
        yield "no size"


def last(media: otio.schema.ExternalReference) -> float:
    return media.available_range.end_time_exclusive().value


def clip_of(clip: otio.schema.Clip) -> Clip:
    start, duration = (Fraction(time.value) for time in (clip.source_range.start_time, clip.source_range.duration))
    return Clip(clip.name, start, start + duration, Fraction(clip.range_in_parent().start_time.value))


def xml_clip(clip: ElementTree.Element, rate: Fraction) -> Clip:
    start, duration, offset = (seconds(clip.get(name)) * rate for name in ("start", "duration", "offset"))
    return Clip(clip.get("name"), start, start + duration, offset)


def seconds(text: str) -> Fraction:
    return Fraction(text.removesuffix("s"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    folders = [path.parent for path in sorted(parser.parse_args().out.rglob("timeline.otio"))]
    different = 0
    for folder in folders:
        differences = list(check(folder))
        different += len(differences)
        print(f"{folder.name}: {len(differences)} differences")
        for difference in differences[:10]:
            print(f"    {difference}")
    if not folders:
        print("no timeline.otio there")
    return int(different > 0 or not folders)


if __name__ == "__main__":
    sys.exit(main())
