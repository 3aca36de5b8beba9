"""Reads the tensors of a PyTorch checkpoint without PyTorch and without running code from it."""

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

STORAGE_TYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # what PyTorch before 1.6 begins its own format with


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Returns every tensor in the checkpoint at `path`, by name."""
    if not zipfile.is_zipfile(path):
        return _read_legacy(path)
    with zipfile.ZipFile(path) as archive:
        index = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = index.removesuffix("data.pkl") + "data/"
        unpickler = _TensorUnpickler(
            io.BytesIO(archive.read(index)), lambda key, dtype, count: np.frombuffer(archive.read(folder + key), dtype, count)
        )
        return dict(unpickler.load())


def _read_legacy(path: Path) -> dict[str, np.ndarray]:
    """Reads pickles one after the other, then the storages: the tensors are views of what is filled in last."""
    storages = {}

    def storage(key: str, dtype: np.dtype, count: int) -> np.ndarray:
        return storages.setdefault(key, np.empty(count, dtype))

    with path.open("rb") as file:
        magic, _protocol, system, tensors, keys = (_TensorUnpickler(file, storage).load() for _ in range(5))
        if magic != LEGACY_MAGIC or not system["little_endian"] or set(keys) != set(storages):
            raise pickle.UnpicklingError("not a checkpoint that can be read here")
        for key in keys:
            _fill(storages[key], file)
    return dict(tensors)


def _fill(storage: np.ndarray, file) -> None:
    count, content = int.from_bytes(file.read(8), "little"), file.read(storage.nbytes)
    if count != storage.size or len(content) != storage.nbytes:
        raise pickle.UnpicklingError("a storage is cut short")
    storage[:] = np.frombuffer(content, storage.dtype)


class _TensorUnpickler(pickle.Unpickler):
    """Knows the four names a checkpoint of plain tensors uses and refuses every other."""

    def __init__(self, file, read_storage):
        super().__init__(file)
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
        kind, dtype, key, _device, count = reference[:5]
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown reference {kind!r} in a weights file")
        return self._read_storage(key, dtype.newbyteorder("<"), count)


def _rebuild_tensor(storage, offset, shape, strides, *_unused):
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides))
    if offset < 0 or min(strides, default=0) < 0 or min(shape, default=1) < 1 or last >= storage.size:
        raise pickle.UnpicklingError("a tensor reaches beyond its storage")
    steps = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)
