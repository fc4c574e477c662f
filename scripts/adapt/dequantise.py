"""Gives a network that ONNX Runtime quantised its products of floating point back.

Each integer product there has the form below; in its place comes one of floats, with the same weights:

    DynamicQuantizeLinear -> ConvInteger or MatMulInteger [-> Add of the bias] -> Cast -> Mul by both scales

Only so does hardware that multiplies in bfloat16 show what it can.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, helper, numpy_helper

FLOAT = {"ConvInteger": "Conv", "MatMulInteger": "MatMul"}


@dataclass
class Network:
    """A network's nodes by what they make and by what they take, and its constants."""

    model: ModelProto

    def __post_init__(self) -> None:
        self.constants = {constant.name: constant for constant in self.model.graph.initializer}
        self.makes = {made: node for node in self.model.graph.node for made in node.output}
        self.takers = defaultdict(list)
        for node in self.model.graph.node:
            for taken in node.input:
                self.takers[taken].append(node)

    def constant(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.constants[name]).astype(np.float32)

    def after(self, node: NodeProto) -> NodeProto:
        """The only node that takes what `node` makes."""
        (taker,) = self.takers[node.output[0]]
        return taker

    def other(self, node: NodeProto, name: str) -> str:
        """What `node`, which takes two, takes beside `name`."""
        (other,) = (taken for taken in node.input if taken != name)
        return other

    def bias(self, name: str) -> str:
        """The constant that was divided by the scales, rounded and reshaped to `name`."""
        while name not in self.constants:
            name = self.makes[name].input[0]
        return name

    def products(self) -> Iterator[tuple[str, NodeProto]]:
        """What each integer product makes in the end, and the product of floats that makes the same."""
        for node in self.model.graph.node:
            if node.op_type not in FLOAT:
                continue
            quantised = self.makes[node.input[0]]
            following, biases = self.after(node), []
            if following.op_type == "Add":
                biases = [self.bias(self.other(following, node.output[0]))]
                following = self.after(following)
            scaled = self.after(following)
            scales = self.makes[self.other(scaled, following.output[0])]
            scale = self.constant(self.other(scales, quantised.output[1]))
            weights = (self.constant(node.input[1]) - self.constant(node.input[3])) * scale
            name = f"{node.input[1]} in floats"
            self.constants[name] = numpy_helper.from_array(weights, name)
            given = [quantised.input[0], name, *biases]
            product = helper.make_node(FLOAT[node.op_type], given, scaled.output, name=node.name)
            product.attribute.extend(node.attribute)
            yield scaled.output[0], product


def dequantised(model: bytes) -> bytes:
    """The same network, with floats for the integers."""
    network = Network(onnx.load_from_string(model))
    graph = network.model.graph
    products = dict(network.products())
    nodes = [products.get(node.output[0], node) for node in graph.node]
    # what led to the integers is made for nobody now
    needed, kept = {output.name for output in graph.output}, []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(constant for name, constant in network.constants.items() if name in needed)
    return network.model.SerializeToString()
