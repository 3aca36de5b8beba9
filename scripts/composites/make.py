"""Puts the films together with ffmpeg, and writes what is known of each beside it as NAME.truth.json.

Truth, times in seconds of the film and places in fractions of its picture: `size`, `seconds`, `opens`; `faces` and
`persons` (`time`, `box` as x, y, w, h, `speaks`); `texts` (`start`, `end`, `box`: of the ink); `layouts`; `thoughts`.
"""
import json
import pathlib
import subprocess

from .films import CORRIDOR, Ground, Picture, Text

RATE = 25
# Where the person stands in the film of the corridor (at 1280x720), when, and when nobody does.
PERSON = (610, 10, 280, 660)
SEEN, EMPTY = 8.0, 2.0
STEP = 0.5


def run(*arguments, **more):
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True, **more)


def font():
    found = subprocess.run(["fc-match", "-f", "%{file}", "sans:bold"], check=True, capture_output=True, text=True)
    return found.stdout


def between(layer):
    return f"enable='between(t,{layer.start},{layer.end - 0.001})'"


def written(text, letters):
    ground = f":box=1:boxborderw=8:boxcolor={text.ground}" if text.ground else ""
    words = text.words.replace("\\", "\\\\").replace("'", "\u2019").replace(":", "\\:").replace("%", "\\%").replace(",", "\\,")
    return (
        f"drawtext=fontfile={letters}:text='{words}':x={text.at[0]}:y={text.at[1]}:fontsize={text.points}"
        f":fontcolor={text.colour}{ground}"
    )


def shown(picture, number):
    """Returns the chain that makes a picture of input `number`, and places nothing yet."""
    x, y, width, height = picture.place
    scaled = picture.size or (width, height)
    chain = [f"[{number}:v]setsar=1"]
    if picture.frozen:
        chain.append("trim=end_frame=1,loop=loop=-1:size=1")
    chain.append(f"fps={RATE},scale={scaled[0]}:{scaled[1]}")
    left, top = picture.cut
    if left < 0 or top < 0:
        chain.append(f"pad={scaled[0] - 2 * min(left, 0)}:{scaled[1] - 2 * min(top, 0)}:{-min(left, 0)}:{-min(top, 0)}:0x303034")
    chain.append(f"crop={width}:{height}:{max(left, 0)}:{max(top, 0)}")
    if picture.blur:
        chain.append(f"gblur={picture.blur}")
    if picture.dim:
        chain.append(f"eq=brightness=-{picture.dim}")
    chain.append(f"format=yuv420p,setpts=PTS-STARTPTS+{picture.start}/TB[p{number}]")
    return ",".join(chain)


def graph(film, media, letters):
    """Returns the inputs and the filter graph of a film's pictures."""
    inputs, steps = [], [f"color=black:s={film.size[0]}x{film.size[1]}:r={RATE}:d={film.seconds}[v0]"]
    last = "v0"
    for layer in film.layers:
        new = f"v{len(steps)}"
        match layer:
            case Picture():
                number = inputs.count("-i")
                still = ["-loop", "1"] if layer.source.endswith(".jpg") else []
                length = ["-t", layer.end - layer.start] if not layer.frozen else []
                inputs += [*still, "-ss", layer.since, *length, "-i", media / layer.source]
                steps.append(shown(layer, number))
                x, y = layer.place[:2]
                step = f"[{last}][p{number}]overlay={x}:{y}:eof_action=pass:{between(layer)}"
            case Text():
                step = f"[{last}]{written(layer, letters)}:{between(layer)}"
            case Ground():
                x, y, width, height = layer.place
                step = f"[{last}]drawbox={x}:{y}:{width}:{height}:{layer.colour}:fill:{between(layer)}"
        steps.append(f"{step}[{new}]")
        last = new
    if film.walker:
        walking, last = walked(film, inputs.count("-i"), last)
        steps += walking
        for at in (SEEN, EMPTY):
            inputs += ["-ss", at, "-i", media / CORRIDOR]
    return inputs, steps, last


def walked(film, number, last):
    """Lays the person of the corridor, cut out by what differs from the empty one, over the picture and moves it."""
    start, end, first, final = film.walker
    x, y, width, height = PERSON
    still = "trim=end_frame=1,loop=loop=-1:size=1,fps=25,scale=1280:720"
    cut = f"crop={width}:{height}:{x}:{y}"
    there = f"{first}+({final}-{first})*(t-{start})/({end}-{start})"
    return [
        f"[{number}:v]{still},{cut},split[who][one]", f"[{number + 1}:v]{still},{cut}[none]",
        "[one][none]blend=all_mode=difference,format=gray,lut=c0='if(gt(val,14),255,0)',boxblur=2[matte]",
        "[who][matte]alphamerge[cutout]",
        f"[{last}][cutout]overlay=x='{there}':y={y}:shortest=0[walk]",
    ], "walk"


def sound(film, media, first):
    inputs, steps = [], []
    for number, piece in enumerate(film.sounds):
        inputs += ["-ss", piece.since, "-t", piece.seconds, "-i", media / piece.source]
        delay = int(piece.at * 1000)
        steps.append(f"[{first + number}:a]aresample=48000,volume={piece.loud},adelay={delay}:all=1[a{number}]")
    names = "".join(f"[a{number}]" for number in range(len(film.sounds)))
    steps.append(f"{names}amix=inputs={len(film.sounds)}:normalize=0:duration=longest,apad,atrim=end={film.seconds}[sound]")
    return inputs, steps


def ink(text, size, letters):
    """Returns where a line's letters are, in fractions of the picture."""
    only = Text(text.words, 0, 1, text.at, text.points)
    width, height = size
    drawn = run(
        "-f", "lavfi", "-i", f"color=black:s={width}x{height}", "-vf", written(only, letters), "-frames:v", 1, "-f", "rawvideo",
        "-pix_fmt", "gray", "-", capture_output=True,
    ).stdout
    rows = [number for number in range(height) if max(drawn[number * width : (number + 1) * width]) > 60]
    columns = [number for number in range(width) if max(drawn[number::width]) > 60]
    left, top = columns[0] / width, rows[0] / height
    return [left, top, (columns[-1] + 1) / width - left, (rows[-1] + 1) / height - top]


def faces(picture, size, media):
    """Returns the labelled faces of a picture, in the film."""
    label = media / f"{picture.source}.faces.json"
    if not picture.labelled or not label.exists():
        return []
    x, y, width, height = picture.place
    scaled = picture.size or (width, height)
    samples = json.loads(label.read_text())["samples"]
    if picture.frozen:
        first = [sample for sample in samples if sample["t"] <= picture.since][-1]
        count = int((picture.end - picture.start) / STEP)
        samples = [{"t": picture.since + STEP * number, "faces": first["faces"]} for number in range(count)]
    found = []
    for sample in samples:
        time = sample["t"] - picture.since + picture.start
        if not picture.start + 0.1 <= time < picture.end - 0.1:
            continue
        for face in sample["faces"]:
            left, top = x + face[0] * scaled[0] - picture.cut[0], y + face[1] * scaled[1] - picture.cut[1]
            box = [left / size[0], top / size[1], face[2] * scaled[0] / size[0], face[3] * scaled[1] / size[1]]
            found.append({"time": round(time, 3), "box": box, "speaks": picture.speaks and face == largest(sample["faces"])})
    return found


def largest(boxes):
    return max(boxes, key=lambda box: box[2] * box[3])


def truth(film, media, letters):
    pictures = [layer for layer in film.layers if isinstance(layer, Picture)]
    texts = [layer for layer in film.layers if isinstance(layer, Text)]
    persons = []
    if film.walker:
        start, end, first, final = film.walker
        count = int((end - start) / STEP)
        for number in range(count):
            left = first + (final - first) * number / count
            box = [left / 1280, PERSON[1] / 720, PERSON[2] / 1280, PERSON[3] / 720]
            persons.append({"time": start + STEP * number, "box": box, "speaks": False})
    return {
        "size": film.size, "seconds": film.seconds, "opens": film.opens, "thoughts": film.thoughts,
        "faces": [face for picture in pictures for face in faces(picture, film.size, media)], "persons": persons,
        "texts": [{"start": text.start, "end": text.end, "box": ink(text, film.size, letters)} for text in texts],
        "layouts": [{"start": start, "end": end, "any": sorted(names)} for start, end, names in film.layouts],
    }


def make(film, media: pathlib.Path, folder: pathlib.Path):
    """Makes a film and its truth, unless both are there."""
    target, known = folder / f"{film.name}.mp4", folder / f"{film.name}.truth.json"
    letters = font()
    if not target.exists():
        inputs, steps, last = graph(film, media, letters)
        more, sounds = sound(film, media, inputs.count("-i"))
        run(
            *inputs, *more, "-filter_complex", ";".join(steps + sounds), "-map", f"[{last}]", "-map", "[sound]", "-t", film.seconds,
            "-c:v", "libx264", "-crf", 18, "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k", target,
        )
    known.write_text(json.dumps(truth(film, media, letters)))
    return target
