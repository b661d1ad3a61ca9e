"""All templates, one class a file; importing this fills the registry `templates` in the order of the menus."""

# ruff: isort: skip_file
from collections.abc import Mapping

from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates
from nnlab.network.templates.mlp import Mlp
from nnlab.network.templates.linear import LinearModel
from nnlab.network.templates.residual_mlp import ResidualMlp
from nnlab.network.templates.wide_and_deep import WideAndDeep
from nnlab.network.templates.nearest import NearestWideAndDeep
from nnlab.network.templates.numeric_mlp import NumericMlp
from nnlab.network.templates.ft_transformer import FtTransformer
from nnlab.network.templates.autoencoder import Autoencoder
from nnlab.network.templates.textbook import Textbook
from nnlab.network.templates.tf_idf_mlp import TfIdfMlp
from nnlab.network.templates.bag_of_embeddings import BagOfEmbeddings
from nnlab.network.templates.text_cnn import TextCnn
from nnlab.network.templates.text_gru import TextGru
from nnlab.network.templates.text_transformer import TextTransformer
from nnlab.network.templates.lenet import LeNet
from nnlab.network.templates.small_resnet import SmallResNet
from nnlab.network.templates.inception import Inception
from nnlab.network.templates.small_vit import SmallVit
from nnlab.network.templates.series_linear import SeriesLinear
from nnlab.network.templates.series_mlp import SeriesMlp
from nnlab.network.templates.series_cnn import SeriesCnn
from nnlab.network.templates.series_lstm import SeriesLstm
from nnlab.network.templates.series_gru import SeriesGru
from nnlab.network.templates.wavenet import WaveNet
from nnlab.network.templates.series_transformer import SeriesTransformer


def default_network(input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
    """The network that is there from the start: the MLP, sized to the data; of series on the window's last value."""
    is_series = "sequence" in input_shapes and head.task == "regression"
    return (SeriesMlp() if is_series else Mlp()).make(input_shapes, head, n_rows)


__all__ = [
    "Autoencoder",
    "BagOfEmbeddings",
    "FtTransformer",
    "Inception",
    "LeNet",
    "LinearModel",
    "Mlp",
    "NearestWideAndDeep",
    "NumericMlp",
    "ResidualMlp",
    "SeriesCnn",
    "SeriesGru",
    "SeriesLinear",
    "SeriesLstm",
    "SeriesMlp",
    "SeriesTransformer",
    "SmallResNet",
    "SmallVit",
    "Template",
    "TextCnn",
    "TextGru",
    "TextTransformer",
    "Textbook",
    "TfIdfMlp",
    "WaveNet",
    "WideAndDeep",
    "default_network",
    "templates",
]
