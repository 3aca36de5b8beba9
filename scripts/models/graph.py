"""A small builder of ONNX graphs whose bytes are the same on every run."""

import os
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
ONNX_RUNTIME = "com.microsoft"  # the domain of the operators that ONNX Runtime brings itself


class Graph:
    """Collects nodes and constants; every value is known by its name."""

    def __init__(self, name: str):
        self.name = name
        self._nodes = []
        self._constants = []
        self._inputs = []
        self._outputs = []

    def input(self, name: str, element: int, shape: list) -> str:
        """Declares an input; a string in `shape` names a dimension of any size."""
        self._inputs.append(helper.make_tensor_value_info(name, element, shape))
        return name

    def output(self, value: str, name: str, element: int, shape: list) -> None:
        """Gives `value` out under `name`."""
        self.name_output(name, element, shape, "Identity", value)

    def name_output(self, name: str, element: int, shape: list, op: str, *inputs: str, **attributes) -> str:
        """Appends one node whose single output is given out under `name`; the graph may use it too."""
        self._nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        self._outputs.append(helper.make_tensor_value_info(name, element, shape))
        return name

    def constant(self, array) -> str:
        """Returns the name of a new constant holding `array`."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def shape(self, constant: str) -> list[int]:
        """Returns the dimensions of a constant."""
        return list(self._constants[int(constant[1:])].dims)

    def ints(self, *values: int) -> str:
        """Returns a constant vector of 64-bit integers: a shape, axes, pads."""
        return self.constant(np.array(values, np.int64))

    def add(self, op: str, *inputs: str, **attributes) -> str:
        """Appends one node and returns its single output."""
        return self.add_many(op, 1, *inputs, **attributes)[0]

    def add_many(self, op: str, outputs: int, *inputs: str, **attributes) -> list[str]:
        """Appends one node and returns its outputs."""
        label = f"n{len(self._nodes)}"
        names = [f"{label}.{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(op, inputs, names, name=f"{label}_{op}", **attributes))
        return names

    def write(self, path: Path) -> None:
        """Checks the graph and writes it whole or not at all."""
        graph = helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET)]
        if any(node.domain == ONNX_RUNTIME for node in self._nodes):
            opsets.append(helper.make_opsetid(ONNX_RUNTIME, 1))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="opusclip")
        onnx.checker.check_model(model, full_check=True)
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_bytes(model.SerializeToString(deterministic=True))
        os.replace(temporary, path)


FLOAT = TensorProto.FLOAT
FLOAT16 = TensorProto.FLOAT16
INT64 = TensorProto.INT64
UINT8 = TensorProto.UINT8
