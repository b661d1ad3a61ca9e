"""Other libraries as arms of `bench train`, each as its own pages say it is used, where it is installed.

Nothing but training: no validation, no log, no checkpoint, no bar of progress. nnlab needs none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from nnlab.errors import SpecError

if TYPE_CHECKING:
    from nnlab.bench.train import Kind, Loop

Peer = Callable[["Kind", int], "Loop | None"]


def peers(kind: Kind, batch_size: int) -> list[Loop]:
    """The arms of the libraries that are installed and can train this network; `SpecError` where one is half there."""
    warnings.filterwarnings("ignore")  # of other libraries about each other
    loops = []
    for name, peer in PEERS.items():
        if not importlib.util.find_spec(name):
            continue
        try:
            loop = peer(kind, batch_size)
        except ImportError as error:
            do = f"Install what it needs, or {name} not at all."
            raise SpecError("a library to compare with cannot be loaded", where=name, came=str(error), do=do) from None
        if loop is not None:
            loops.append(loop)
    return loops


def _lightning(kind: Kind, batch_size: int) -> Loop:
    """A Trainer serves one fit, so making it counts in each round, as it does for whoever calls it."""
    from torch.utils.data import DataLoader, TensorDataset

    from nnlab.bench.train import Loop

    lightning: Any = importlib.import_module("lightning")
    for name in ("lightning.pytorch", "lightning", "lightning.fabric"):  # loading it lets them speak
        logging.getLogger(name).setLevel(logging.ERROR)

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.loss_of = kind.made(), kind.loss

        def training_step(self, batch: Any, index: int) -> Any:
            return self.loss_of(self.inner(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters())

    module = Module()
    loader = DataLoader(TensorDataset(*kind.data()), batch_size, shuffle=True)

    def run(n_epochs: int) -> None:
        lightning.Trainer(max_epochs=n_epochs, accelerator="cpu", barebones=True).fit(module, loader)

    return Loop("lightning", run)


def _skorch(kind: Kind, batch_size: int) -> Loop:
    from nnlab.bench.train import Loop

    skorch: Any = importlib.import_module("skorch")
    made = skorch.NeuralNetRegressor if kind.task == "regression" else skorch.NeuralNetClassifier
    net = made(
        kind.made(),
        criterion=type(kind.loss),
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=batch_size,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        warm_start=True,
    )
    x, y = (part.numpy() for part in kind.data())
    return Loop("skorch", lambda n_epochs: net.set_params(max_epochs=n_epochs).fit(x, y))


def _keras(kind: Kind, batch_size: int) -> Loop | None:
    from nnlab.bench.train import Loop

    if kind.hidden is None:
        return None
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras: Any = importlib.import_module("keras")
    if keras.backend.backend() != "torch":
        return None
    network = keras.Sequential([keras.Input(kind.shape)])
    for size in kind.hidden:
        network.add(keras.layers.Dense(size))
        if kind.is_regularized:
            network.add(keras.layers.BatchNormalization())
        network.add(keras.layers.ReLU())
        if kind.is_regularized:
            network.add(keras.layers.Dropout(0.1))
    network.add(keras.layers.Dense(kind.n_outputs))
    loss = "mse" if kind.task == "regression" else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile("adam", loss)
    x, y = (part.numpy() for part in kind.data())
    return Loop("keras", lambda n_epochs: network.fit(x, y, batch_size=batch_size, epochs=n_epochs, verbose=0))


def _sklearn(kind: Kind, batch_size: int) -> Loop | None:
    """Without BatchNorm and dropout, which it has not: a smaller job on the middle network."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from threadpoolctl import threadpool_limits  # scikit-learn's own; torch's setting does not bind numpy's BLAS

    from nnlab.bench.train import Loop

    if kind.hidden is None:
        return None
    made = MLPRegressor if kind.task == "regression" else MLPClassifier
    x, y = kind.data()
    rows, target = x.numpy(), y.numpy().ravel()

    model = made(
        hidden_layer_sizes=kind.hidden,
        batch_size=batch_size,
        tol=0,
        n_iter_no_change=1_000_000,
        alpha=0,
        warm_start=True,
    )

    def run(n_epochs: int) -> None:
        with threadpool_limits(1):
            model.set_params(max_iter=n_epochs).fit(rows, target)

    return Loop("scikit-learn", run)


PEERS: dict[str, Peer] = {"lightning": _lightning, "skorch": _skorch, "keras": _keras, "sklearn": _sklearn}
