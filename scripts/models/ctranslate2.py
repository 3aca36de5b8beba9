"""Reads the tensors of a CTranslate2 model file."""

import struct

import numpy as np

OLDEST, NEWEST = 3, 6  # the versions laid out like this
ELEMENTS = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def read_tensors(content: bytes) -> dict[str, np.ndarray]:
    """Returns every tensor in the file's content, by name; raises `ValueError` when it is not such a file."""
    reader = _Reader(content)
    version = reader.number("I")
    if not OLDEST <= version <= NEWEST:
        raise ValueError(f"a CTranslate2 file of version {version}, not {OLDEST} to {NEWEST}")
    reader.text()  # the kind of model
    reader.number("I")  # its revision
    tensors = dict(reader.tensor() for _ in range(reader.number("I")))
    aliases = [(reader.text(), reader.text()) for _ in range(reader.number("I"))]
    return tensors | {alias: tensors[name] for alias, name in aliases}


class _Reader:
    def __init__(self, content: bytes):
        self._content = memoryview(content)
        self._at = 0

    def tensor(self) -> tuple[str, np.ndarray]:
        name = self.text()
        shape = [self.number("I") for _ in range(self.number("B"))]
        kind = self.number("B")
        if kind not in ELEMENTS:
            raise ValueError(f"{name} holds elements of unknown kind {kind}")
        element = np.dtype(ELEMENTS[kind]).newbyteorder("<")
        return name, np.frombuffer(self._take(self.number("I")), element).reshape(shape)

    def text(self) -> str:
        return bytes(self._take(self.number("H"))).rstrip(b"\0").decode()

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self._take(struct.calcsize(form)))[0]

    def _take(self, length: int) -> memoryview:
        taken = self._content[self._at : self._at + length]
        if len(taken) < length:
            raise ValueError("the CTranslate2 file ends too early")
        self._at += length
        return taken
