"""A drawn face, and what the original face mesh in TensorFlow.js made of it."""

import numpy as np

SIDE = 192
# half the gap between the lids: a few points of the mesh, each across, down and to the back, in pixels
POINTS = {
    1: {1: (97.505, 123.56, -24.035), 33: (63.493, 85.013, 3.111), 133: (84.781, 86.373, -0.083), 159: (72.58, 82.432, -3.063), 145: (74.797, 88.121, -1.334), 263: (131.894, 85.354, 4.601)},
    8: {1: (95.587, 124.402, -23.788), 33: (63.139, 84.405, 4.504), 133: (84.705, 87.458, 0.649), 159: (71.941, 80.182, -1.779), 145: (73.816, 89.185, -0.403), 263: (131.146, 84.876, 4.335)},
}
# ellipses: middle, half the axes, colour
HEAD = [
    (96, 60, 62, 56, (60, 40, 30)), (96, 98, 52, 68, (220, 170, 140)), (96, 112, 9, 20, (200, 145, 118)), (96, 128, 12, 5, (170, 110, 90)),
]
MOUTH = [(96, 146, 20, 6, (170, 60, 60)), (96, 145, 16, 1, (90, 30, 30))]


def draw(lids: int) -> np.ndarray:
    """Returns a face whose lids are so far from the middles of its eyes, as rows of red, green and blue."""
    picture = np.full((SIDE, SIDE, 3), 70, np.uint8)
    for middle, down, half_width, half_height, colour in [*HEAD, *_eye(74, lids), *_eye(118, lids), *MOUTH]:
        rows, columns = np.mgrid[0:SIDE, 0:SIDE]
        picture[((columns - middle) / half_width) ** 2 + ((rows - down) / half_height) ** 2 <= 1] = colour
    return picture


def _eye(middle: int, lids: int) -> list:
    return [
        (middle, 70, 15, 3, (70, 45, 35)), (middle, 84, 12, max(lids, 1.5), (80, 50, 40)),
        (middle, 84, 12, max(lids - 1.5, 0.01), (245, 245, 245)), (middle, 84, 5, min(5, max(lids - 1.5, 0.01)), (40, 30, 25)),
    ]
