"""Tests of the reading of checkpoints."""

import io
import pickle
import sys
import tempfile
import types
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import numpy as np

from models.torch_weights import LEGACY_MAGIC, read_weights

VALUES = np.arange(12, dtype="<f4")


class Tensor:
    """Is pickled the way PyTorch pickles a tensor: a view of the storage of `VALUES`."""

    def __init__(self, offset, shape, strides):
        self.view = (offset, shape, strides)

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (STORAGE, *self.view, False, None)


class Storage:
    """Is pickled by reference, as PyTorch does."""


STORAGE = Storage()


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", sys.modules["torch"].FloatStorage, "0", "cpu", VALUES.size) if value is STORAGE else None


def stand_in_for_torch() -> dict[str, types.ModuleType]:
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    exec("def _rebuild_tensor_v2(): pass", utils.__dict__)
    return {"torch": torch, "torch._utils": utils}


def pickled(content: dict) -> bytes:
    index = io.BytesIO()
    with mock.patch.dict(sys.modules, stand_in_for_torch()):
        Pickler(index, protocol=2).dump(content)
    return index.getvalue()


def read(**content) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickled(content))
            archive.writestr("archive/data/0", VALUES.tobytes())
        return read_weights(path)


def read_legacy(storage: bytes, **content) -> dict[str, np.ndarray]:
    head = [pickle.dumps(part, protocol=2) for part in (LEGACY_MAGIC, 1001, {"little_endian": True})]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        path.write_bytes(b"".join([*head, pickled(content), pickle.dumps(["0"], protocol=2), storage]))
        return read_weights(path)


class Checkpoints(unittest.TestCase):
    def test_a_tensor_is_read_with_its_offset_and_strides(self):
        weights = read(turned=Tensor(2, (2, 3), (1, 2)))
        np.testing.assert_array_equal(weights["turned"], [[2, 4, 6], [3, 5, 7]])

    def test_a_tensor_of_the_older_format_is_read_the_same(self):
        storage = VALUES.size.to_bytes(8, "little") + VALUES.tobytes()
        weights = read_legacy(storage, turned=Tensor(2, (2, 3), (1, 2)))
        np.testing.assert_array_equal(weights["turned"], [[2, 4, 6], [3, 5, 7]])

    def test_a_storage_cut_short_is_refused(self):
        storage = VALUES.size.to_bytes(8, "little") + VALUES.tobytes()
        for cut in (storage[:-1], storage[:8], b"", bytes(8) + VALUES.tobytes()):
            with self.assertRaisesRegex(pickle.UnpicklingError, "cut short"):
                read_legacy(cut, whole=Tensor(0, (12,), (1,)))

    def test_a_tensor_beyond_its_storage_is_refused(self):
        for view in ((0, (13,), (1,)), (-1, (2,), (1,)), (11, (1, 2), (1, 1)), (0, (2,), (-1,))):
            with self.assertRaisesRegex(pickle.UnpicklingError, "beyond its storage"):
                read(greedy=Tensor(*view))

    def test_a_call_that_is_no_tensor_is_refused_before_it_is_made(self):
        with self.assertRaisesRegex(pickle.UnpicklingError, "print is not allowed"):
            read(hostile=print)
