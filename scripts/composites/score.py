"""Holds finished clips against the truth of the films they are of.

What stands on the clip (blackness, silence, captions) is measured on its pixels and samples by ffmpeg; where the film's faces
and words stand in it follows from `clips.json`.
"""
import json
import subprocess
from collections import Counter
from dataclasses import dataclass, field

WIDTH, HEIGHT = 1080, 1920
# Where feeds lay nothing over a clip, in pixels: across, and across below LOW.
SAFE, SAFE_LOW, LOW, BOTTOM = (120, 960), (120, 930), 1000, 1460
# A face is whole when this much of its box is shown, a line cut when it is neither whole nor outside.
WHOLE, OUTSIDE = 0.97, 0.03
# How much of a line may be covered by captions' letters, and how long a line stands that is looked at.
COVERED, LASTS = 0.02, 1.0
DEAD = 0.3
STEP = 0.25


@dataclass
class Tally:
    """What was counted: of how many, how many are right; and a line for each that is not."""

    right: Counter = field(default_factory=Counter)
    total: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)

    def add(self, name, well, where, weight=1):
        self.total[name] += weight
        self.right[name] += weight * bool(well)
        if not well:
            self.wrong.append((name, where))

    def made(self, clip, where):
        self.add("is made", clip["file"], f"{where}: no file")
        return clip["file"]

    def join(self, other):
        self.right.update(other.right)
        self.total.update(other.total)
        self.wrong += other.wrong


def at(path, time):
    """Returns the crop at a time: between two points it moves in a straight line."""
    before = [point for point in path if point["time"] <= time]
    after = [point for point in path if point["time"] > time]
    if not before or not after:
        return before[-1] if before else path[0]
    a, b = before[-1], after[0]
    share = (time - a["time"]) / (b["time"] - a["time"])
    return {side: a[side] + (b[side] - a[side]) * share for side in "xywh"}


def shared(box, crop):
    """Returns how much of a box lies in a crop; both in fractions of the picture, the box cut to it."""
    x, y = max(box[0], 0), max(box[1], 0)
    right, bottom = min(box[0] + box[2], 1), min(box[1] + box[3], 1)
    across = min(right, crop["x"] + crop["w"]) - max(x, crop["x"])
    down = min(bottom, crop["y"] + crop["h"]) - max(y, crop["y"])
    return max(across, 0) * max(down, 0) / max((right - x) * (bottom - y), 1e-9)


def parts_at(clip, time):
    """Returns the layout of a moment and its crops, each with where it stands on the clip, in fractions."""
    parts = [part for part in clip["crop"] if part["start"] <= time < part["end"]]
    if not parts:
        return "whole", [({"x": 0, "y": 0, "w": 1, "h": 1}, (0, 0, 1, 1))]
    crops = [at(part["path"], time) for part in parts]
    return parts[0]["layout"], crops


def placed(layout, crops, size):
    """Returns the place of each crop on the clip, as x, y, width and height in fractions of it."""
    aspect = [crop["w"] * size[0] / (crop["h"] * size[1]) * HEIGHT / WIDTH for crop in crops]
    if layout == "fit":
        height = 1 / aspect[0] if aspect[0] > 1 else 1
        width = aspect[0] if aspect[0] < 1 else 1
        return [((1 - width) / 2, (1 - height) / 2, width, height)]
    places, top = [], 0
    for wide in aspect:
        places.append((0, top, 1, 1 / wide))
        top += 1 / wide
    return places


def times(clip, start=None, end=None):
    first, last = max(clip["start"], start or 0), min(clip["end"], end or clip["end"])
    return [first + STEP * number for number in range(int((last - first) / STEP))]


def heads(tally, clip, truth, where):
    for kind in ("faces", "persons"):
        for face in truth[kind]:
            if not clip["start"] <= face["time"] < clip["end"]:
                continue
            box = face["box"] if kind == "faces" else head(face["box"])
            _, crops = parts_at(clip, face["time"])
            most = max(shared(box, crop) for crop in crops)
            place = f"{where} at {face['time']:.1f}: {most:.0%}"
            tally.add("whole", most >= WHOLE, place)
            if face["speaks"]:
                tally.add("speaker", most >= 0.5, place)


def head(box):
    """Returns the head of a person who stands."""
    return [box[0] + box[2] * 0.3, box[1], box[2] * 0.4, box[3] * 0.2]


def texts(tally, clip, truth, where, covered):
    """Counts the lines that are cut, and those that captions cover; `covered(time, box)` gives the share of a place."""
    for text in truth["texts"]:
        if text["end"] - text["start"] < LASTS:
            continue
        cut = hidden = 0.0
        moments = times(clip, text["start"], text["end"])
        for time in moments:
            layout, crops = parts_at(clip, time)
            seen = [shared(text["box"], crop) for crop in crops]
            cut += STEP * any(OUTSIDE < share < WHOLE for share in seen) * (max(seen) < WHOLE or layout != "stack")
            whole = [number for number, share in enumerate(seen) if share >= WHOLE]
            if whole and covered:
                place = placed(layout, crops, truth["size"])[whole[0]]
                hidden = max(hidden, covered(time, onto(text["box"], crops[whole[0]], place)))
        if moments:
            tally.add("text kept", cut <= 0.3, f"{where}: a line at {text['start']:.1f} is cut for {cut:.1f} s")
            tally.add("text clear", hidden <= COVERED, f"{where}: a line at {text['start']:.1f} is covered by {hidden:.0%}")


def onto(box, crop, place):
    x, y, width, height = place
    across, down = width / crop["w"], height / crop["h"]
    return (x + (box[0] - crop["x"]) * across, y + (box[1] - crop["y"]) * down, box[2] * across, box[3] * down)


def layouts(tally, clip, truth, where):
    for wanted in truth["layouts"]:
        for time in times(clip, wanted["start"], wanted["end"]):
            layout, crops = parts_at(clip, time)
            narrow = layout in ("track", "fit") and crops[0]["w"] < 0.85
            well = layout in wanted["any"] or ("narrow" in wanted["any"] and narrow)
            tally.add("layout", well, f"{where} at {time:.1f}: {layout}", STEP)


def edges(tally, clip, truth, where, file):
    tally.add("begins in it", clip["start"] >= truth["opens"] - 0.05, f"{where}: begins at {clip['start']:.2f}")
    end = clip["end"]
    done = any(-0.08 <= end - thought <= 1.2 for thought in truth["thoughts"]) or end >= truth["seconds"] - 0.1
    tally.add("ends a thought", done, f"{where}: ends at {end:.2f}")
    first = first_frame(file)
    tally.add("bright start", max(first) > 90 and max(first) - min(first) > 16, f"{where}: first frame")
    before, after = dead_air(file, clip["end"] - clip["start"])
    tally.add("no dead air", before <= DEAD and after <= DEAD, f"{where}: {before:.2f} s before, {after:.2f} s after")


def ffmpeg(*arguments):
    done = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", *map(str, arguments)], check=True, capture_output=True)
    return done.stdout, done.stderr.decode(errors="replace")


def first_frame(file):
    return ffmpeg("-i", file, "-frames:v", 1, "-vf", "scale=90:160", "-f", "rawvideo", "-pix_fmt", "gray", "-")[0]


def dead_air(file, seconds):
    """Returns the seconds without sound at the beginning and the end."""
    told = ffmpeg("-i", file, "-af", "silencedetect=noise=-42dB:d=0.1", "-f", "null", "-")[1]
    value = lambda line: float(line.split(":", 1)[1].split("|")[0])
    starts = [value(line.split("silence_start")[1]) for line in told.splitlines() if "silence_start" in line]
    ends = [value(line.split("silence_end")[1]) for line in told.splitlines() if "silence_end" in line]
    before = ends[0] if starts and ends and starts[0] <= 0.02 else 0.0
    last = len(starts) > len(ends) or (bool(ends) and ends[-1] >= seconds - 0.06)
    return before, seconds - starts[-1] if starts and last else 0.0


class Captions:
    """The letters of a clip's captions: where it differs from the same clip without them, a picture each quarter second."""

    SIZE = (270, 480)

    def __init__(self, with_them, without):
        self.frames = [
            bytes(255 if abs(a - b) > 70 else 0 for a, b in zip(one, other))
            for one, other in zip(self.pictures(with_them), self.pictures(without))
        ]

    def pictures(self, file):
        width, height = self.SIZE
        chain = f"fps={1 / STEP},scale={width}:{height}:flags=area"
        raw = ffmpeg("-i", file, "-vf", chain, "-f", "rawvideo", "-pix_fmt", "gray", "-")[0]
        return [raw[k : k + width * height] for k in range(0, len(raw), width * height)]

    def share(self, number, box):
        """Returns how much of a place, in fractions of the clip, letters cover in a picture."""
        if not 0 <= number < len(self.frames):
            return 0.0
        width, height = self.SIZE
        rows = range(max(int(box[1] * height), 0), min(int((box[1] + box[3]) * height) + 1, height))
        left, right = max(int(box[0] * width), 0), min(int((box[0] + box[2]) * width) + 1, width)
        inked = sum(self.frames[number][row * width + left : row * width + right].count(255) for row in rows)
        return inked / max(len(rows) * (right - left), 1)

    def outside(self):
        """Returns the most of a picture's letters that lie outside the safe box, in pixels of the full clip."""
        width, height = self.SIZE
        scale = WIDTH / width
        worst = 0
        for frame in self.frames:
            count = 0
            for row in range(height):
                y = row * scale
                left, right = SAFE if y < LOW else SAFE_LOW
                if y > BOTTOM:
                    left = right = 0
                line = frame[row * width : (row + 1) * width]
                if not any(line):
                    continue
                count += line[: int(left / scale)].count(255) + line[int(right / scale) + 1 :].count(255)
            worst = max(worst, count)
        return worst * scale * scale


def film(name, truth, out, plain):
    """Returns the tally of a film's clips in the run `out`; `plain` is the same run without captions."""
    tally = Tally()
    clips = json.loads((out / name / "clips.json").read_text())["clips"]
    tally.add("has clips", clips, name)
    bare = {clip["rank"]: clip for clip in json.loads((plain / name / "clips.json").read_text())["clips"]}
    for clip in clips:
        if not tally.made(clip, f"{name} #{clip['rank']}"):
            continue
        where, file = f"{name} #{clip['rank']}", out / name / clip["file"]
        heads(tally, clip, truth, where)
        layouts(tally, clip, truth, where)
        edges(tally, clip, truth, where, file)
        other = bare.get(clip["rank"])
        captions = other and abs(other["start"] - clip["start"]) < 0.01 and Captions(file, plain / name / other["file"])
        tally.add("same clip", captions, f"{where}: not the same without captions")
        covered = captions and (lambda time, box: captions.share(int((time - clip["start"]) / STEP), box))
        texts(tally, clip, truth, where, covered)
        if captions:
            outside = captions.outside()
            tally.add("ink inside", outside < 200, f"{where}: {outside:.0f} pixels of letters outside the safe box")
    return tally
