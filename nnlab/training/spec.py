"""The settings of a run. What is not said is chosen from the number of training rows, in gradient steps.

No time enters here: the same table and the same settings give the same number of steps on every machine.
This file does not import torch, so that a page can show the settings before torch is there.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from nnlab.data.columns import Task
from nnlab.errors import TrainingError
from nnlab.limits import Limits
from nnlab.spec import Spec

Loss = Literal["auto", "cross_entropy", "mse", "mae", "huber"]
ClassWeights = Literal["none", "balanced"]
Optimizer = Literal["adamw", "adam", "sgd", "rmsprop"]
Scheduler = Literal["constant", "cosine", "one_cycle", "step", "plateau"]
Precision = Literal["float32", "bfloat16"]
Wanted = Literal["auto", "cpu", "cuda", "mps"]

LARGEST_DEFAULT_BATCH = 256
SMALLEST_DEFAULT_BATCH = 16
MOST_MEMBERS = 64
LEARNING_RATES = (1e-4, 3e-2)  # the usual ones
FEWEST_DEFAULT_EPOCHS = 10  # a large table gets more steps rather than being seen once or twice


class Training(Spec):
    """How a network is trained; `resolved` fills in what was left to nnlab."""

    loss: Loss = Field(
        "auto",
        description="What training makes small; auto: cross-entropy for classes, squared error for numbers.",
        json_schema_extra={
            "why": "Cross-entropy asks for honest probabilities; mae and huber care less about rows far off.",
            "search": "choice",
        },
    )
    class_weights: ClassWeights = Field(
        "none",
        description="Balanced: a row counts as much as its class is rare, so that every class counts the same.",
        json_schema_extra={
            "why": "Weights find more of the rare class and make the probabilities wrong; hence off.",
            "search": "choice",
        },
    )
    optimizer: Optimizer = Field(
        "adamw",
        description="The rule that turns gradients into steps.",
        json_schema_extra={
            "why": "AdamW works over a wide range of learning rates (Loshchilov and Hutter 2019).",
            "search": "choice",
        },
    )
    learning_rate: float = Field(
        3e-3,
        ge=1e-9,
        le=1e9,
        description="The length of a step at the schedule's highest point; too high and the loss explodes.",
        json_schema_extra={
            "why": "Measured on diamonds: 0.001, 0.003 and 0.01 reach an R² of 0.975, 0.979 and 0.979.",
            "search": "log",
            "search_range": [*LEARNING_RATES],
        },
    )
    momentum: float = Field(
        0.9,
        ge=0.0,
        le=0.9999,
        description="How much of the last direction is kept: beta 1 of Adam and AdamW, momentum of SGD and RMSprop.",
        json_schema_extra={"why": "The usual value of all of them.", "search": "none"},
    )
    square_momentum: float = Field(
        0.95,
        ge=0.0,
        le=0.99999,
        description="How slowly the size of gradients is forgotten: beta 2 of Adam and AdamW, alpha of RMSprop.",
        json_schema_extra={
            "why": "Runs here are short, 1 000 to 5 000 steps; 0.999 would still be warming up.",
            "search": "none",
        },
    )
    scheduler: Scheduler = Field(
        "cosine",
        description="How the learning rate changes over the run.",
        json_schema_extra={
            "why": "Half a cosine down to 0 lets the run end in a calm place (Loshchilov and Hutter 2017).",
            "search": "choice",
        },
    )
    warmup: float = Field(
        0.05,
        ge=0.0,
        le=0.9,
        description="The share of steps over which the rate first rises from 0; one_cycle brings its own, 0.3.",
        json_schema_extra={
            "why": "Adam's first steps rest on few gradients and are best kept short.",
            "search": "none",
        },
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        le=1_048_576,
        description="Rows in one gradient step; nothing said: an eighth of the training rows, 16 to 256.",
        json_schema_extra={
            "why": "Small tables need many steps; large ones fill the processor better with larger batches.",
            "search": "log",
            "search_range": [16, 512],
        },
    )
    epochs: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="How often all training rows are seen; nothing said: enough for the steps, at least 10 times.",
        json_schema_extra={
            "why": "Steps are what pays; a fixed number of epochs starves small tables.",
            "search": "none",
        },
    )
    steps: int | None = Field(
        None,
        ge=1,
        le=100_000_000,
        description="Gradient steps of the whole run, where epochs are not said; nothing said: 2 000.",
        json_schema_extra={
            "why": "Templates of texts end sooner: they learn a few thousand texts by heart in some hundred steps.",
            "search": "none",
        },
    )
    patience: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Stop after this many epochs without a better validation loss; 0: never stop early.",
        json_schema_extra={
            "why": "The best epoch is kept anyway, and the schedule does its best work at its end.",
            "search": "none",
        },
    )
    weight_decay: float = Field(
        2e-2,
        ge=0.0,
        le=10.0,
        description="How strongly weights are pulled to 0; biases and normalisations never are.",
        json_schema_extra={
            "why": "On tables nothing measurable changes between 0 and 0.02; it stops weights from growing.",
            "search": "log",
            "search_range": [1e-4, 0.3],
        },
    )
    gradient_clipping: float = Field(
        0.0,
        ge=0.0,
        le=1e6,
        description="The longest gradient (its norm) a step may use; 0: any.",
        json_schema_extra={
            "why": "Nothing measurable on tables; it guards deep or recurrent networks against single large steps.",
            "search": "none",
        },
    )
    label_smoothing: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        description="The share of each class label spread over all classes, which makes answers less sure.",
        json_schema_extra={
            "why": "0 keeps the loss what people expect.",
            "search": "linear",
            "search_range": [0.0, 0.1],
        },
    )
    smoothing_fades: bool = Field(
        False,
        description="Whether label smoothing fades, in even steps, to none at the end of the run.",
        json_schema_extra={
            "why": "Early it keeps a network from being too sure; faded, the last epochs learn true shares.",
            "search": "none",
        },
    )
    temperature_scaling: bool = Field(
        False,
        description="Of classes: whether answers are made more or less sure by one number chosen on validation rows.",
        json_schema_extra={
            "why": "The best epoch is then the one with most to tell, not the one that is least overconfident; the "
            "number goes into the last layer's weights (Guo et al. 2017).",
            "search": "none",
        },
    )
    clip_answers: bool = Field(
        True,
        description="Of numbers: whether answers stay within the range that the training rows show.",
        json_schema_extra={
            "why": "On california_housing and diamonds it never lowered the mean R², and a row far off gets "
            "no absurd answer; off where the target goes on growing, as series do.",
            "search": "none",
        },
    )
    members: int = Field(
        1,
        ge=1,
        le=MOST_MEMBERS,
        description="How many networks train side by side, each from other first weights; their mean answers.",
        json_schema_extra={
            "why": "Six gain .003 to .01 in R² or AUC on most tables, and how far they differ says how sure they are.",
            "search": "none",
        },
    )
    folds: int = Field(
        0,
        ge=0,
        le=MOST_MEMBERS,
        description="0, or as many as members: each then holds out another part of all rows but the test rows.",
        json_schema_extra={
            "why": "Every row but the test rows is learnt from, and judged by the member that has not seen it.",
            "search": "none",
        },
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        description="Fixes first weights, order of rows and dropout; the same seed gives the same run.",
        json_schema_extra={"why": "Any number will do; several seeds show how much is luck.", "search": "none"},
    )
    init_seed: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="Fixes the first weights alone; nothing said: the run's seed.",
        json_schema_extra={
            "why": "With a seed of their own, first weights and order of rows can be changed one without the other.",
            "search": "none",
        },
    )
    precision: Precision = Field(
        "float32",
        description="In which numbers forward and backward passes compute; weights and loss are float32 always.",
        json_schema_extra={
            "why": "bfloat16 halves the time of wide networks where the processor knows it; it rounds coarsely.",
            "search": "none",
        },
    )
    device: Wanted = Field(
        "auto",
        description="Where the run computes.",
        json_schema_extra={"why": "Auto takes a CUDA device where there is one.", "search": "none"},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Processor threads of the run; nothing said: 1, and for a large network what a race shows.",
        json_schema_extra={
            "why": "Small networks gain nothing from a second thread and lose up to 16 times beside a busy core.",
            "search": "none",
        },
    )

    def resolved(self, n_train: int, task: Task, limits: Limits | None = None) -> Training:
        """The same settings with loss, batch size and epochs said, for `n_train` training rows.

        Raises `TrainingError` with a repair for a batch larger than the training rows, a loss of another task, or folds
        that are neither none nor as many as the members.
        """
        if self.folds and (self.folds != self.members or self.members < 2):
            raise _unequal_folds(self.folds, self.members)
        steps = self.steps or (limits or Limits()).default_steps
        batch = self.batch_size or default_batch_size(n_train)
        if batch > n_train:
            raise TrainingError(
                f"a batch can hold at most the {counted(n_train, 'training row')}",
                where="training.batch_size",
                came=f"{batch}",
                do=f"Set the batch size to {n_train} or less.",
                repair={"set": "training.batch_size", "value": n_train},
            )
        epochs = self.epochs or max(FEWEST_DEFAULT_EPOCHS, math.ceil(steps / steps_per_epoch(n_train, batch)))
        return self.having(loss=_loss_for(self.loss, task), batch_size=batch, epochs=epochs)

    def n_learnt(self, n_train: int, n_validation: int) -> int:
        """How many rows a member learns from: those of the training part, or of both parts all but its fold."""
        if not self.folds:
            return n_train
        return (n_train + n_validation) * (self.folds - 1) // self.folds

    @property
    def weights_seed(self) -> int:
        """The seed that the first weights are drawn with."""
        return self.seed if self.init_seed is None else self.init_seed

    def caution(self) -> str:
        """A sentence on a learning rate that is far outside the usual ones; empty for others."""
        least, most = LEARNING_RATES
        said = f"A learning rate of {self.learning_rate:g} is far {{}} the usual ones, {least:g} to {most:g}: {{}}"
        if self.learning_rate > 10 * most:
            return said.format("above", "the loss is likely to explode, or to stay where it is.")
        if self.learning_rate < least / 100:
            return said.format("below", "the loss will hardly move.")
        return ""

    def budget(self, n_train: int) -> str:
        """One sentence on what a resolved run does: epochs, batches and steps."""
        assert self.batch_size is not None, "the sentence needs a resolved Training"
        assert self.epochs is not None, "the sentence needs a resolved Training"
        per_epoch = steps_per_epoch(n_train, self.batch_size)
        total = counted(per_epoch * self.epochs, "gradient step")
        batches = f"{counted(per_epoch, 'batch', 'batches')} of {counted(min(self.batch_size, n_train), 'row')}"
        each = f", for each of {self.members} members" if self.members > 1 else ""
        return f"{total}: {counted(self.epochs, 'epoch')} of {batches}{each}."


def default_batch_size(n_train: int) -> int:
    """An eighth of the training rows, at least 16 and at most 256, and never more than there are."""
    eighth = n_train // 8 // 8 * 8
    return min(n_train, LARGEST_DEFAULT_BATCH, max(SMALLEST_DEFAULT_BATCH, eighth))


def batch_sizes(n_train: int, batch_size: int) -> list[int]:
    """The rows of each batch of an epoch; a single row left over joins the batch before it.

    A batch of one row has no spread, so BatchNorm1d could not normalise it, and its gradient is mostly noise.
    """
    full, rest = divmod(n_train, batch_size)
    sizes = [batch_size] * full + [rest] * bool(rest)
    if rest == 1 and full and batch_size > 1:
        sizes[-2:] = [batch_size + 1]
    return sizes


def steps_per_epoch(n_train: int, batch_size: int) -> int:
    """How many gradient steps show every training row once."""
    full, rest = divmod(n_train, batch_size)
    joins_the_last = rest == 1 and full > 0 and batch_size > 1
    return full + (rest > 0 and not joins_the_last)


def counted(n: int, noun: str, nouns: str = "") -> str:
    """A number with narrow no-break spaces between thousands, and its noun: "2 000 steps", "1 row"."""
    return f"{n:,}".replace(",", "\u202f") + "\u00a0" + (noun if n == 1 else nouns or noun + "s")


def _unequal_folds(folds: int, members: int) -> TrainingError:
    wanted = members if members > 1 else 0
    do = f"Set folds to {wanted}" + (" or to 0." if wanted else ", or train several members.")
    return TrainingError(
        "each fold is held out by one member, so there are as many folds as members, two or more, or none",
        where="training.folds",
        came=f"{counted(folds, 'fold')} for {counted(members, 'member')}",
        do=do,
        repair={"set": "training.folds", "value": wanted},
    )


def _loss_for(loss: Loss, task: Task) -> Loss:
    usual: Loss = "mse" if task == "regression" else "cross_entropy"
    if loss == "auto":
        return usual
    if (loss == "cross_entropy") != (task != "regression"):
        raise TrainingError(
            "this loss is for numbers" if task != "regression" else "this loss is for classes",
            where="training.loss",
            came=f"{loss} for a {task} target",
            do=f"Use {usual}, or leave it at auto.",
            repair={"set": "training.loss", "value": "auto"},
        )
    return loss
