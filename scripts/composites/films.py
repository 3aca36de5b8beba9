"""The films that are put together: kinds that people post, of recordings whose faces and words are known.

Places are in pixels of the film (`WIDTH` x `HEIGHT`, or a film's own size), times in seconds of the film.
"""
from dataclasses import dataclass

WIDTH, HEIGHT = 1280, 720

# Recordings, under the folder of media; faces are labelled in NAME.faces.json beside them.
LECTURER = "speech/jwpIntro.mp4"  # 640x480, 5.8 s, his own voice
MEMBER = "faces/WDA_KatieHill_000.mp4"  # 512x512, 8 s, her own voice
PRESIDENT = "faces/obama_speech.mp4"  # 320x240, 8.7 s, his own voice, a second man beside him
ACTRESS = "faces/WolfgangLanger_Pexels.mp4"  # 640x360, 19.7 s, no sound
GUEST = "faces/single_face.mp4"  # 640x360, 2.4 s, no sound
CROWD = "faces/dlib-2008_004176.jpg"  # seven people
CORRIDOR = "faces/one-by-one-person-detection.mp4"  # 768x432, people from behind
CARTOON = "cuts/trailer_bbb.mp4"  # 1280x720
LECTURE = "speech/silero-test.wav"  # thoughts end at 6.9, 29.4, 35.6, 46.8, 50.0, 54.2 s
READING = "speech/manifesto.mp4"  # a read text with pauses


@dataclass
class Picture:
    """A recording in a place of the film: scaled to `size`, then cut to `place` from `cut` on."""

    source: str
    start: float
    end: float
    place: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)
    since: float = 0.0
    cut: tuple[int, int] = (0, 0)
    size: tuple[int, int] | None = None
    frozen: bool = False
    speaks: bool = False
    dim: float = 0.0
    blur: int = 0
    labelled: bool = True


@dataclass
class Text:
    """A line of text."""

    words: str
    start: float
    end: float
    at: tuple[int, int]
    points: int = 40
    colour: str = "white"
    ground: str | None = None


@dataclass
class Ground:
    """A rectangle of one colour."""

    colour: str
    start: float
    end: float
    place: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)


@dataclass
class Sound:
    """A stretch of a recording's sound."""

    source: str
    at: float
    since: float
    seconds: float
    loud: float = 1.0


@dataclass
class Film:
    """A film and what is right for it."""

    name: str
    seconds: float
    layers: list
    sounds: list
    # (start, end, layouts that an editor would take); `narrow` is a fit or a crop of less than the whole width.
    layouts: list
    # Where thoughts end; a clip ends at one of them, or where the film does.
    thoughts: list
    size: tuple[int, int] = (WIDTH, HEIGHT)
    # A clip begins no earlier than this.
    opens: float = 0.0
    # A person without a face who crosses the picture: (start, end, first place, last place).
    walker: tuple | None = None


def lines(words, start, end, at, step, **more):
    """Returns lines of text one below the other."""
    return [Text(line, start, end, (at[0], at[1] + step * number), **more) for number, line in enumerate(words)]


def slide(number, start, end, points=34):
    """Returns a slide: its title and three lines, black on white."""
    titles = ["Why we should start", "What stands in the way", "Who pays for it", "What comes next"]
    said = [
        ["Where we actually are", "What the journals argue", "Who could implement it"],
        ["No single government", "Too many exceptions", "Nobody measures it"],
        ["Four per cent a year", "On capital, not income", "Everywhere at once"],
        ["Begin with one country", "Publish the figures", "Ask again in a year"],
    ]
    title = Text(titles[number], start, end, (70, 60), points + 18, "black")
    return [title, *lines(said[number], start, end, (100, 200), 90, points=points, colour="0x303030")]


def interview():
    """Four people by hard cuts."""
    lecturer = Picture(LECTURER, 0, 5.7, size=(1280, 960), cut=(0, 40), speaks=True)
    president = Picture(PRESIDENT, 5.7, 14.3, size=(1280, 960), speaks=True)
    actress = [
        Picture(ACTRESS, 14.3, 18.3, size=(1280, 720), speaks=True),
        Picture(ACTRESS, 20.7, 24.0, since=6.4, size=(1280, 720), speaks=True),
    ]
    guest = Picture(GUEST, 18.3, 20.7, size=(1280, 720))
    return Film(
        "interview", 24.0, [lecturer, president, *actress, guest],
        [Sound(LECTURER, 0, 0, 5.7), Sound(PRESIDENT, 5.7, 0, 8.6), Sound(LECTURE, 14.4, 20.3, 9.1)],
        [(0, 5.7, {"track"}), (5.7, 14.3, {"track", "fit", "split"}), (14.3, 24, {"track", "fit"})],
        [5.1, 14.4, 23.5],
    )


def call():
    """Two people side by side, who speak in turn; who listens is a still picture."""
    left, right = (0, 120, 640, 480), (640, 120, 640, 480)
    lecturer = [
        Picture(LECTURER, 0, 5.7, left, size=(640, 480), speaks=True),
        Picture(LECTURER, 5.7, 13.6, left, since=5.6, size=(640, 480), frozen=True),
    ]
    member = [
        Picture(MEMBER, 0, 5.7, right, size=(480, 480), cut=(-80, 0), frozen=True),
        Picture(MEMBER, 5.7, 13.6, right, size=(480, 480), cut=(-80, 0), speaks=True),
    ]
    names = [
        Text("Jon Peirce", 0, 13.6, (16, 556), 24, ground="black@0.7"),
        Text("Katie Hill", 0, 13.6, (1120, 556), 24, ground="black@0.7"),
    ]
    return Film(
        "call", 13.6, [Ground("0x202024", 0, 13.6), *lecturer, *member, *names],
        [Sound(LECTURER, 0, 0, 5.7), Sound(MEMBER, 5.8, 0, 8.0)],
        [(0, 13.6, {"split"})], [5.1, 10.6],
    )


def slides_with_camera():
    """Three slides with who speaks in the corner."""
    pages = [page for n in range(3) for page in slide(n, 6.6 * n, 6.6 * n + 6.6)]
    camera = Picture(ACTRESS, 0, 19.6, (940, 520, 320, 180), size=(320, 180), speaks=True)
    return Film(
        "slides_with_camera", 19.6, [Ground("white", 0, 19.6), *pages, camera],
        [Sound(LECTURE, 0.2, 29.6, 17.3)],
        [(0, 19.6, {"stack"})], [6.2, 17.4],
    )


def voice_over_slides():
    """Four slides, and a voice."""
    pages = [page for n in range(4) for page in slide(n, 8.0 * n, 8.0 * n + 8.0)]
    return Film(
        "voice_over_slides", 32.0, [Ground("0xfdfdf8", 0, 32), *pages],
        [Sound(READING, 0.2, 19.1, 30.8)],
        [(0, 32, {"fit"})], [1.0, 3.9, 5.6, 10.3, 15.9, 21.7, 30.9],
    )


def screen_recording():
    """An editor in which code is written, line by line, in its left third."""
    code = [
        "fn main() {", "    let jobs = read(&path)?;", "    for job in &jobs {", "        let clips = best(job);",
        "        for clip in clips {", "            render(&clip)?;", "            verify(&clip)?;", "        }", "    }",
        "    report(&jobs)", "}",
    ]
    written = [
        Text(line, 1.0 + 2.2 * n, 32.2, (96, 90 + 44 * n), 24, "0xd0d0c8") for n, line in enumerate(code)
    ]
    chrome = [
        Ground("0x1e1f22", 0, 32.2), Ground("0x2b2d30", 0, 32.2, (0, 0, 1280, 40)), Ground("0x26282b", 0, 32.2, (0, 40, 60, 680)),
        Ground("0x2b2d30", 0, 32.2, (0, 690, 1280, 30)),
    ]
    return Film(
        "screen_recording", 32.2, [*chrome, *written], [Sound(READING, 0.2, 41.0, 31.8)],
        [(0, 32.2, {"narrow"})], [9.0, 12.4, 18.2, 31.7],
    )


def game_with_camera():
    """A game over the whole picture, its figures at the top, the player in a corner."""
    game = Picture(CARTOON, 0, 19.6, since=18.0, size=(1280, 720), labelled=False)
    figures = [Text("SCORE 1200", 0, 19.6, (40, 30), 34), Text("HP 80", 0, 19.6, (1120, 30), 34)]
    camera = Picture(ACTRESS, 0, 19.6, (20, 520, 320, 180), size=(320, 180), speaks=True)
    return Film(
        "game_with_camera", 19.6, [game, *figures, camera],
        [Sound(LECTURE, 0.2, 35.8, 18.6), Sound(CARTOON, 0, 18, 19.6, 0.08)],
        [(0, 19.6, {"stack"})], [11.3, 14.5, 18.7],
    )


def burned_subtitles():
    """Two people whose words stand in the picture."""
    people = [
        Picture(LECTURER, 0, 5.7, size=(1280, 960), cut=(0, 40), speaks=True),
        Picture(PRESIDENT, 5.7, 14.3, size=(1280, 960), speaks=True),
    ]
    said = [
        (0.9, 2.9, "Hi, I'm Jon Peirce"), (2.9, 5.2, "and I'm the creator of PsychoPy"),
        (6.7, 9.2, "Today, after two years of negotiations,"), (9.2, 11.6, "the United States, together with"),
        (11.6, 14.2, "our international partners, has achieved"),
    ]
    burned = [Text(words, start, end, (640 - 11 * len(words), 640), 42, "white", "black@0.8") for start, end, words in said]
    return Film(
        "burned_subtitles", 14.3, [*people, *burned],
        [Sound(LECTURER, 0, 0, 5.7), Sound(PRESIDENT, 5.7, 0, 8.6)],
        [(0, 14.3, {"fit", "track"})], [5.1, 14.4],
    )


def stage():
    """A speaker seen from afar on a dark stage, with the audience before it."""
    lit = [Ground("0x2c2420", 0, 11.2), Ground("0x4a4038", 0, 11.2, (380, 120, 520, 380))]
    speaker = [
        Picture(LECTURER, 0, 5.7, (480, 180, 320, 240), size=(320, 240), speaks=True),
        Picture(LECTURER, 5.7, 11.2, (480, 180, 320, 240), since=0.1, size=(320, 240), speaks=True),
    ]
    audience = Picture(CROWD, 0, 11.2, (0, 540, 1280, 180), size=(1280, 960), cut=(0, 200), dim=0.42, blur=14, labelled=False)
    return Film(
        "stage", 11.2, [*lit, *speaker, audience],
        [Sound(LECTURER, 0, 0, 5.7), Sound(LECTURE, 5.7, 50.9, 3.5), Sound(LECTURE, 9.3, 48.7, 1.5)],
        [(0, 11.2, {"track"})], [5.1, 9.1, 10.7],
    )


def native_vertical():
    """A talk that has the clip's shape already, with a name in it."""
    talk = [
        Picture(LECTURER, 0, 5.7, (0, 0, 720, 1280), size=(1706, 1280), cut=(420, 0), speaks=True),
        Picture(LECTURER, 5.7, 11.2, (0, 0, 720, 1280), since=0.2, size=(1706, 1280), cut=(420, 0), speaks=True),
    ]
    name = Text("Jon Peirce, Nottingham", 0.5, 5.5, (130, 860), 40, "white", "black@0.7")
    return Film(
        "native_vertical", 11.2, [*talk, name], [Sound(LECTURER, 0, 0, 5.7), Sound(LECTURE, 5.8, 50.9, 3.6)],
        [(0, 11.2, {"whole"})], [5.1, 9.2], size=(720, 1280),
    )


def talk_after_ident():
    """Six seconds of a station's sign, then the talk."""
    sign = [
        Ground("black", 0, 4), Text("OPEN TALKS", 1.6, 4, (430, 320), 72, "0xe04040"), Ground("white", 4, 6),
    ]
    talk = [
        Picture(LECTURER, 6, 11.7, size=(1280, 960), cut=(0, 40), speaks=True),
        Picture(PRESIDENT, 11.7, 20.3, size=(1280, 960), speaks=True),
    ]
    whoosh = Sound("speech/crowd.mp3", 1.0, 3.0, 4.2, 1.5)
    return Film(
        "talk_after_ident", 20.3, [*sign, *talk], [whoosh, Sound(LECTURER, 6, 0, 5.7), Sound(PRESIDENT, 11.7, 0, 8.6)],
        [(6, 11.7, {"track"}), (11.7, 20.3, {"track", "fit", "split"})], [11.1, 20.4], opens=6.0,
    )


def walk():
    """Somebody seen from behind who crosses a room."""
    room = Picture(CORRIDOR, 0, 14, since=2.0, size=(1280, 720), frozen=True, labelled=False)
    return Film(
        "walk", 14.0, [room], [Sound(LECTURE, 0.2, 20.3, 9.1)], [(0, 14, {"track"})], [9.3],
        walker=(0.0, 14.0, 60, 980),
    )


FILMS = [
    interview, call, slides_with_camera, voice_over_slides, screen_recording, game_with_camera, burned_subtitles, stage,
    native_vertical, talk_after_ident, walk,
]

# Recordings of which nothing more is known than that they are whole.
REAL = [
    "cuts/trailer_bbb.mp4", "speech/manifesto.mp4", "speech/jwpIntro.mp4", "faces/obama_speech.mp4", "faces/WDA_KatieHill_000.mp4",
    "faces/WolfgangLanger_Pexels.mp4", "cuts/testvideo.mp4",
]
