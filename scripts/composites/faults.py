"""Faults to be seen in clips, each planted into a film of `films` by a range or a framing that nobody would choose.

A case is what must be said of the clip, the film, the range that the clip must be of, and lines of a `[[job.override]]`.
"""


def region(x, y, width, height):
    return f"region = [{x}, {y}, {width}, {height}]"


def regions(*places):
    return f"regions = [{', '.join(str(list(place)) for place in places)}]\nlayout = \"split\""


# Clips that the films have without any, and that are rightly found fault with.
POOR = {"screen_recording #2": "begins in the middle of a sentence"}

FIT = 'layout = "fit"'
CASES = [
    # Text that the edge cuts.
    ("text_cut", "voice_over_slides", (0.0, 12.0), region(0.2, 0, 0.3164, 1)),
    ("text_cut", "voice_over_slides", (16.8, 24.2), region(0.3, 0, 0.3164, 1)),
    ("text_cut", "slides_with_camera", (0.0, 9.7), region(0.3, 0, 0.3164, 1)),
    ("text_cut", "burned_subtitles", (6.5, 14.2), region(0.4, 0, 0.3164, 1)),
    ("text_cut", "burned_subtitles", (0.7, 5.4), region(0.3, 0, 0.3164, 1)),
    ("text_cut", "call", (0.7, 5.2), region(0.02, 0, 0.3164, 1)),
    ("text_cut", "game_with_camera", (13.1, 18.9), region(0.05, 0, 0.3164, 1)),
    ("text_cut", "screen_recording", (12.8, 18.4), region(0.15, 0, 0.3164, 1)),
    # Somebody who is not shown.
    ("person_outside", "walk", (0.0, 9.6), region(0.68, 0, 0.3164, 1)),
    ("person_outside", "interview", (0.7, 5.4), region(0.65, 0, 0.3164, 1)),
    ("person_outside", "talk_after_ident", (6.7, 11.5), region(0.0, 0, 0.1, 0.3)),
    ("person_outside", "stage", (0.7, 5.4), region(0.0, 0, 0.3164, 1)),
    ("person_outside", "call", (5.7, 10.7), region(0.34, 0.8, 0.11, 0.2)),
    # Heads that are cut off.
    ("people_cut", "interview", (0.7, 5.4), region(0.43, 0, 0.3164, 1)),
    ("people_cut", "interview", (6.5, 14.2), region(0.2, 0.35, 0.2, 0.65)),
    ("people_cut", "call", (5.7, 10.7), region(0.75, 0, 0.25, 1)),
    ("people_cut", "talk_after_ident", (12.5, 20.3), region(0.62, 0, 0.3164, 1)),
    # A part of the clip that is dark, another is not.
    ("pane_light", "stage", (0.7, 5.4), regions((0.37, 0.25, 0.25, 0.33), (0.7, 0.77, 0.139, 0.22))),
    ("faces", "slides_with_camera", (0.0, 17.6), regions((0.05, 0.05, 0.5, 0.5), (0.74, 0.76, 0.07, 0.1))),
    # Nothing to be seen.
    ("one_colour", "talk_after_ident", (1.9, 8.3), None),
    ("one_colour", "talk_after_ident", (1.6, 6.9), None),
    ("person_outside", "slides_with_camera", (0.0, 9.7), region(0.5, 0.1, 0.15, 0.5)),
    # Nothing to be heard.
    ("silent_start", "interview", (0.0, 5.4), None),
    ("silent_start", "burned_subtitles", (0.0, 5.4), None),
    ("silent_start", "call", (0.0, 5.3), None),
    ("silent_start", "talk_after_ident", (6.0, 11.4), None),
    ("silent_end", "voice_over_slides", (24.0, 32.0), None),
    ("silent_end", "walk", (0.0, 14.0), None),
    # Thoughts that are torn.
    ("mid_sentence_start", "interview", (8.2, 13.3), None),
    ("mid_sentence_start", "screen_recording", (20.5, 30.8), None),
    ("mid_sentence_start", "game_with_camera", (4.3, 11.3), None),
    ("mid_sentence_end", "interview", (6.5, 11.0), None),
    ("mid_sentence_end", "voice_over_slides", (20.0, 26.1), None),
    ("mid_sentence_end", "screen_recording", (18.6, 24.0), None),
    ("mid_sentence_end", "game_with_camera", (0.0, 7.0), None),
    ("leaning_start", "call", (3.7, 7.1), None),
    ("leaning_start", "stage", (3.7, 9.1), None),
    # A picture that is too small, or too coarse.
    ("small_picture", "interview", (0.7, 5.4), FIT),
    ("small_picture", "walk", (0.0, 9.5), FIT),
    ("enlarged", "interview", (0.7, 5.4), region(0.36, 0.2, 0.1, 0.3)),
    ("enlarged", "talk_after_ident", (12.5, 20.3), region(0.5, 0.1, 0.15, 0.45)),
    ("silent_end", "interview", (0.7, 5.9), None),
    ("text_cut", "game_with_camera", (0.0, 7.0), region(0.3, 0, 0.3164, 1)),
]
