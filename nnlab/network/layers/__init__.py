"""All layers, one class a file; importing this fills the registry `layers` in the order of the menus."""

# ruff: isort: skip_file
from nnlab.network.layer import AnyLayer, Family, Layer, Proposal, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.layers.bilinear import Bilinear
from nnlab.network.layers.swiglu import SwiGLU
from nnlab.network.layers.feature_scale import FeatureScale
from nnlab.network.layers.nearest_rows import NearestRows
from nnlab.network.layers.feature_tokenizer import FeatureTokenizer
from nnlab.network.layers.periodic_embedding import PeriodicEmbedding
from nnlab.network.layers.piecewise_linear_embedding import PiecewiseLinearEmbedding
from nnlab.network.layers.embedding import Embedding
from nnlab.network.layers.positional_encoding import PositionalEncoding
from nnlab.network.layers.conv_1d import Conv1d
from nnlab.network.layers.causal_conv_1d import CausalConv1d
from nnlab.network.layers.conv_2d import Conv2d
from nnlab.network.layers.conv_transpose_1d import ConvTranspose1d
from nnlab.network.layers.conv_transpose_2d import ConvTranspose2d
from nnlab.network.layers.squeeze_excitation import SqueezeExcitation
from nnlab.network.layers.lstm import LSTM
from nnlab.network.layers.gru import GRU
from nnlab.network.layers.rnn import RNN
from nnlab.network.layers.multihead_attention import MultiheadAttention
from nnlab.network.layers.transformer_encoder_layer import TransformerEncoderLayer
from nnlab.network.layers.silu import SiLU
from nnlab.network.layers.relu import ReLU
from nnlab.network.layers.leaky_relu import LeakyReLU
from nnlab.network.layers.prelu import PReLU
from nnlab.network.layers.relu6 import ReLU6
from nnlab.network.layers.elu import ELU
from nnlab.network.layers.celu import CELU
from nnlab.network.layers.selu import SELU
from nnlab.network.layers.gelu import GELU
from nnlab.network.layers.mish import Mish
from nnlab.network.layers.tanh import Tanh
from nnlab.network.layers.sigmoid import Sigmoid
from nnlab.network.layers.softplus import Softplus
from nnlab.network.layers.softsign import Softsign
from nnlab.network.layers.hardswish import Hardswish
from nnlab.network.layers.hardsigmoid import Hardsigmoid
from nnlab.network.layers.hardtanh import Hardtanh
from nnlab.network.layers.log_sigmoid import LogSigmoid
from nnlab.network.layers.softshrink import Softshrink
from nnlab.network.layers.hardshrink import Hardshrink
from nnlab.network.layers.tanhshrink import Tanhshrink
from nnlab.network.layers.softmax import Softmax
from nnlab.network.layers.glu import GLU
from nnlab.network.layers.identity import Identity
from nnlab.network.layers.dropout import Dropout
from nnlab.network.layers.dropout_1d import Dropout1d
from nnlab.network.layers.dropout_2d import Dropout2d
from nnlab.network.layers.alpha_dropout import AlphaDropout
from nnlab.network.layers.gaussian_noise import GaussianNoise
from nnlab.network.layers.stochastic_depth import StochasticDepth
from nnlab.network.layers.batch_norm_1d import BatchNorm1d
from nnlab.network.layers.batch_norm_2d import BatchNorm2d
from nnlab.network.layers.layer_norm import LayerNorm
from nnlab.network.layers.rms_norm import RMSNorm
from nnlab.network.layers.group_norm import GroupNorm
from nnlab.network.layers.flatten import Flatten
from nnlab.network.layers.unflatten import Unflatten
from nnlab.network.layers.transpose import Transpose
from nnlab.network.layers.places import Places
from nnlab.network.layers.class_token import ClassToken
from nnlab.network.layers.global_pool import GlobalPool
from nnlab.network.layers.max_pool_1d import MaxPool1d
from nnlab.network.layers.avg_pool_1d import AvgPool1d
from nnlab.network.layers.adaptive_avg_pool_1d import AdaptiveAvgPool1d
from nnlab.network.layers.adaptive_max_pool_1d import AdaptiveMaxPool1d
from nnlab.network.layers.max_pool_2d import MaxPool2d
from nnlab.network.layers.avg_pool_2d import AvgPool2d
from nnlab.network.layers.adaptive_avg_pool_2d import AdaptiveAvgPool2d
from nnlab.network.layers.adaptive_max_pool_2d import AdaptiveMaxPool2d
from nnlab.network.layers.residual import Residual
from nnlab.network.layers.parallel import Parallel
from nnlab.network.layers.repeat import Repeat

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AlphaDropout",
    "AnyLayer",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "CausalConv1d",
    "ClassToken",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Embedding",
    "Family",
    "FeatureScale",
    "FeatureTokenizer",
    "Flatten",
    "GaussianNoise",
    "GlobalPool",
    "GroupNorm",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "MaxPool1d",
    "MaxPool2d",
    "Mish",
    "MultiheadAttention",
    "NearestRows",
    "PReLU",
    "Parallel",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "Places",
    "PositionalEncoding",
    "Proposal",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "Repeat",
    "Residual",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softshrink",
    "Softsign",
    "SqueezeExcitation",
    "StochasticDepth",
    "SwiGLU",
    "Tanh",
    "Tanhshrink",
    "TransformerEncoderLayer",
    "Transpose",
    "Unflatten",
    "layers",
]
