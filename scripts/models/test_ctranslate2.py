"""Tests of the reading of CTranslate2 files."""

import struct
import unittest

import numpy as np

from models.ctranslate2 import ELEMENTS, read_tensors

KINDS = {np.dtype(element): kind for kind, element in ELEMENTS.items()}


def text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def tensor(name: str, array: np.ndarray) -> bytes:
    shape = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
    return text(name) + shape + struct.pack("<BI", KINDS[array.dtype], array.nbytes) + array.tobytes()


def file(tensors: dict[str, np.ndarray], aliases: dict[str, str] | None = None, version: int = 6) -> bytes:
    content = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<II", 3, len(tensors))
    content += b"".join(tensor(name, array) for name, array in tensors.items())
    aliases = aliases or {}
    return content + struct.pack("<I", len(aliases)) + b"".join(text(a) + text(b) for a, b in aliases.items())


class CTranslate2Files(unittest.TestCase):
    def test_every_tensor_is_read_with_its_shape_and_kind(self):
        written = {
            "halves": np.arange(6, dtype=np.float16).reshape(2, 3),
            "floats": np.linspace(0, 1, 4, dtype=np.float32),
            "number": np.array(8, np.int16),
        }
        read = read_tensors(file(written))
        self.assertEqual(read.keys(), written.keys())
        for name, array in written.items():
            self.assertEqual(read[name].dtype, array.dtype)
            np.testing.assert_array_equal(read[name], array)

    def test_an_alias_names_the_same_tensor(self):
        read = read_tensors(file({"first": np.ones(2, np.float32)}, {"second": "first"}))
        np.testing.assert_array_equal(read["second"], read["first"])

    def test_a_file_cut_off_anywhere_is_refused(self):
        whole = file({"floats": np.ones(3, np.float32)}, {"others": "floats"})
        for length in range(len(whole)):
            with self.assertRaisesRegex(ValueError, "ends too early"):
                read_tensors(whole[:length])

    def test_a_file_of_another_version_is_refused(self):
        for version in (2, 7):
            with self.assertRaisesRegex(ValueError, f"of version {version}, not 3 to 6"):
                read_tensors(file({}, version=version))

    def test_a_tensor_of_unknown_kind_is_refused(self):
        content = file({"floats": np.ones(1, np.float32)}).replace(b"\x00\x04\x00\x00\x00", b"\x09\x04\x00\x00\x00")
        with self.assertRaisesRegex(ValueError, "floats holds elements of unknown kind 9"):
            read_tensors(content)
