"""The modules that torch.nn lacks. They depend on torch alone: printed code carries their source.

Each is whole in itself: whoever prints one takes nothing else of this folder along. Axes: `N` rows,
`T` positions, `C` channels, `L` length, `F` features, `E` numbers an embedding.
"""

from nnlab.network.modules.attention import EncoderLayer, SelfAttention
from nnlab.network.modules.containers import MaskedSequential, Parallel, Residual
from nnlab.network.modules.convolution import CausalConv1d, SqueezeExcitation
from nnlab.network.modules.gates import (
    FeatureScale,
    GatedLinear,
    GaussianNoise,
    SelfBilinear,
    StochasticDepth,
)
from nnlab.network.modules.members import Members
from nnlab.network.modules.nearest import NearestRows
from nnlab.network.modules.numeric import (
    FeatureTokenizer,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
)
from nnlab.network.modules.positions import (
    ClassToken,
    LearnedPositions,
    PlacesAsPositions,
    PoolPositions,
    SinusoidalPositions,
    Transposed,
)
from nnlab.network.modules.recurrent import Recurrent
from nnlab.network.modules.start import initialised

__all__ = [
    "CausalConv1d",
    "ClassToken",
    "EncoderLayer",
    "FeatureScale",
    "FeatureTokenizer",
    "GatedLinear",
    "GaussianNoise",
    "LearnedPositions",
    "MaskedSequential",
    "Members",
    "NearestRows",
    "Parallel",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "PlacesAsPositions",
    "PoolPositions",
    "Recurrent",
    "Residual",
    "SelfAttention",
    "SelfBilinear",
    "SinusoidalPositions",
    "SqueezeExcitation",
    "StochasticDepth",
    "Transposed",
    "initialised",
]
