"""Between which values the activations around the shot model's spatial convolutions lie, as `measure_ranges` prints them."""

Range = tuple[float, float]
# of each sub-block: its input, then what its convolutions of every dilation give
Ranges = dict[str, tuple[Range, Range, Range, Range, Range]]

RANGES: Ranges = {
    "SDDCNN.0.DDCNN.0": ((0.0, 255.0), (-3.27, 2.99), (-1.87, 2.29), (-2.63, 2.39), (-3.2, 2.61)),
    "SDDCNN.0.DDCNN.1": ((0.0, 10.9), (-7.25, 8.32), (-7.07, 7.36), (-8.54, 9.02), (-9.37, 7.35)),
    "SDDCNN.1.DDCNN.0": ((0.0, 13.1), (-12.4, 9.55), (-12.7, 14.8), (-12.8, 20.6), (-12.1, 14.2)),
    "SDDCNN.1.DDCNN.1": ((0.0, 15.1), (-9.9, 14.2), (-14.6, 12.8), (-9.54, 10.7), (-10.2, 10.1)),
    "SDDCNN.2.DDCNN.0": ((0.0, 15.0), (-21.8, 12.0), (-12.3, 16.0), (-12.1, 16.2), (-16.1, 18.0)),
    "SDDCNN.2.DDCNN.1": ((0.0, 9.78), (-8.44, 8.7), (-6.53, 6.65), (-6.75, 7.22), (-7.26, 6.06)),
}
