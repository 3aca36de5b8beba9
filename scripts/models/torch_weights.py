"""Reads the tensors of a PyTorch checkpoint without PyTorch and without running code from it."""

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

STORAGE_TYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Returns every tensor in the checkpoint at `path`, by name."""
    with zipfile.ZipFile(path) as archive:
        index = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = index.removesuffix("data.pkl") + "data/"
        unpickler = _TensorUnpickler(archive.read(index), lambda key: archive.read(folder + key))
        return dict(unpickler.load())


class _TensorUnpickler(pickle.Unpickler):
    """Knows the four names a checkpoint of plain tensors uses and refuses every other."""

    def __init__(self, index: bytes, read_storage):
        super().__init__(io.BytesIO(index))
        self._read_storage = read_storage

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in STORAGE_TYPES:
            return np.dtype(STORAGE_TYPES[name])
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a weights file")

    def persistent_load(self, reference):
        kind, dtype, key, _device, count = reference
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown reference {kind!r} in a weights file")
        return np.frombuffer(self._read_storage(key), dtype.newbyteorder("<"), count)


def _rebuild_tensor(storage, offset, shape, strides, *_unused):
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides))
    if offset < 0 or min(strides, default=0) < 0 or min(shape, default=1) < 1 or last >= storage.size:
        raise pickle.UnpicklingError("a tensor reaches beyond its storage")
    steps = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)
