"""All layers, one class a file; importing this fills the registry `layers` in the order of the menus."""

# ruff: isort: skip_file
from nnlab.network.layer import AnyLayer, Family, Layer, Proposal, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.layers.conv_1d import Conv1d
from nnlab.network.layers.silu import SiLU
from nnlab.network.layers.relu import ReLU
from nnlab.network.layers.leaky_relu import LeakyReLU
from nnlab.network.layers.elu import ELU
from nnlab.network.layers.selu import SELU
from nnlab.network.layers.gelu import GELU
from nnlab.network.layers.mish import Mish
from nnlab.network.layers.tanh import Tanh
from nnlab.network.layers.sigmoid import Sigmoid
from nnlab.network.layers.softplus import Softplus
from nnlab.network.layers.hardswish import Hardswish
from nnlab.network.layers.identity import Identity
from nnlab.network.layers.dropout import Dropout
from nnlab.network.layers.alpha_dropout import AlphaDropout
from nnlab.network.layers.batch_norm_1d import BatchNorm1d
from nnlab.network.layers.layer_norm import LayerNorm
from nnlab.network.layers.flatten import Flatten
from nnlab.network.layers.unflatten import Unflatten
from nnlab.network.layers.residual import Residual

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "AlphaDropout",
    "AnyLayer",
    "BatchNorm1d",
    "Conv1d",
    "Dropout",
    "Family",
    "Flatten",
    "Hardswish",
    "Identity",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Mish",
    "Proposal",
    "ReLU",
    "Residual",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "Unflatten",
    "layers",
]
