"""Rows to answers: the preparation and the trained network behind one call that says what is odd about each row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nnlab.cleaning.rows import RawRows
from nnlab.cleaning.step import with_columns
from nnlab.data.columns import Column, Columns, ImageForm, Kind
from nnlab.data.wording import counted
from nnlab.errors import DataError
from nnlab.form_field import FormField, fitted_field, raw_field
from nnlab.network.modules import Members
from nnlab.prep.cells import UNSEEN, cells, infinite
from nnlab.prep.chain import BLOCK, FittedColumn
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import sentences
from nnlab.prep.raw import typed_cells
from nnlab.prep.steps import FORMS
from nnlab.prep.wording import listed, moment, number
from nnlab.spread import outputs_of, together, with_spread

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.network.network import Network

MOST_WARNINGS = 100  # for one column and one reason; the rest is counted
Flags = npt.NDArray[np.bool_]
_WHAT: dict[Kind, str] = {"numeric": "a number", "datetime": "a date or time", "image": "a whole picture"}


@dataclass(frozen=True)
class RowWarning:
    """What is odd about a cell; the line in the file, or the row's count from 1; None: about all or many rows."""

    line: int | None
    column: str
    text: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answers, in the order and with the index of the rows asked about, and what is odd about the rows.

    Columns of the frame: "prediction" and "probability_CLASS" of each class; of numbers "prediction", of several
    outputs "prediction_NAME" each, and of several yes or no the "probability_NAME" of yes beside it. Of several members
    also "spread" or "spread_NAME": see `with_spread`.
    """

    frame: pd.DataFrame
    warnings: tuple[RowWarning, ...]


@dataclass(frozen=True, eq=False)
class Predictor:
    """A trained model with its preparation. It takes rows as they come: typed, or as text of a file or a form."""

    columns: Columns
    fitted: Fitted
    network: Network
    module: nn.Module
    name: str = "model"
    raw: RawRows = field(default_factory=RawRows)

    def predict(self, frame: pd.DataFrame, *, missing_columns: Literal["refuse", "impute"] = "refuse") -> Prediction:
        """An answer for every row, whatever its cells hold; columns are found by name, more of them are ignored.

        Raises `DataError` only for the shape of the table: a column is not there (with "impute" it counts as missing
        in every row) or there twice; and, of series, where no row has its past beside it.
        """
        rows, warnings = self._prepared(frame, missing_columns)
        each = self._each(rows)
        found, lost = self._answers(self.fitted.decode(together(self.module, each)), frame)
        if each.ndim > 2:
            found = with_spread(found, [self.fitted.decode(outputs) for outputs in each])
        windows = self.fitted.windows
        why = "the network gave no number for this row"
        if windows is not None:
            why = f"no answer: it takes {windows.windows.lookback} rows in order up to this one"
        warnings += _warned(lost, frame, "", lambda _: why)
        return Prediction(frame=found, warnings=tuple(warnings))

    def outputs(self, frame: pd.DataFrame, *, missing_columns: Literal["refuse", "impute"] = "refuse") -> Tensor:
        """What the network gives before decoding, (N, n_outputs) float32: log-odds, scores or standardized values."""
        return together(self.module, self._each(self._prepared(frame, missing_columns)[0]))

    def prepared(
        self, frame: pd.DataFrame, *, missing_columns: Literal["refuse", "impute"] = "refuse"
    ) -> tuple[pd.DataFrame, tuple[RowWarning, ...]]:
        """The rows typed by the columns' kinds, ready for `fitted.apply` or a journey, and what is odd about them."""
        rows, warnings = self._prepared(frame, missing_columns)
        return rows, tuple(warnings)

    def defaults(self) -> tuple[FormField, ...]:
        """A field for every column that the network uses, filled with a typical value: the median or first level.

        None for a network that reads windows: one row has no past.
        """
        if self.fitted.windows is not None:
            return ()
        known = {column.name: column for column in self.fitted.used}
        raw = {column.name: column for column in self.raw.columns}
        return tuple(raw_field(raw[name]) if name in raw else fitted_field(known[name]) for name in self.needs())

    def needs(self, there: Collection[str] = ()) -> tuple[str, ...]:
        """The columns that a row must have: those that the network uses, or those of the file that these are made of.

        `there` are the columns that the rows have: one that came made already needs nothing.
        """
        return self.raw.needs(list(self.fitted.needed), there)

    @property
    def read_as(self) -> Columns:
        """The kinds in which a file of rows is read, before it is cleaned."""
        raw = self.raw.as_read().columns
        names = {column.name for column in raw}
        return self.columns.having(columns=(*raw, *(each for each in self.columns.columns if each.name not in names)))

    def cleaned(self, frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
        """The rows with these columns as they are after the value steps, such as the target of rows to be judged."""
        written = self._written(names, frame)
        found = self.raw.cleaned(frame, names)[0]
        read = {name: typed_cells(found[name], column.kind, column) for name, column in written.items()}
        return with_columns(found, read)

    def _written(self, names: Sequence[str], frame: pd.DataFrame) -> dict[str, Column]:
        """Of the columns that come of the value steps: how their text was written where the model's table had them."""
        touched = self.raw.touched(names, list(frame.columns))
        return {each.name: each for each in self.columns.columns if each.name in touched and each.name in names}

    @property
    def source(self) -> str:
        """The network as PyTorch source code."""
        from nnlab.network.code import source

        return source(self.network, self.fitted.input_shapes, self.fitted.head, self.n_members)

    @property
    def n_members(self) -> int:
        """How many networks answer together."""
        return len(self.module.members) if isinstance(self.module, Members) else 1

    def _prepared(self, frame: pd.DataFrame, missing_columns: str) -> tuple[pd.DataFrame, list[RowWarning]]:
        import pandas as pd

        frame, warnings = _with_pictures(self.fitted.used, frame)
        needed = self.needs(list(frame.columns))
        absent = [name for name in needed if name not in frame.columns]
        has_none = bool(absent) and len(absent) == len(needed)  # filled in, every row would get the same answer
        if absent and (has_none or missing_columns != "impute"):
            fill = "Add what is missing, or let nnlab fill it in (--missing-columns impute)."
            raise DataError(
                f"the model needs {counted(len(needed), 'column')}",
                where="columns",
                came=f"no {listed(absent, 8)}",
                do="Check that this is the right file, and that its first line names them." if has_none else fill,
                repair=None if has_none else {"set": "missing_columns", "value": "impute"},
                column=absent[0],
            )
        written = self._written(list(self.fitted.needed), frame)
        frame, more = self._cleaned(frame, absent)
        warnings += more
        typed: dict[str, pd.Series[Any]] = {}
        for column in self.fitted.used:
            if column.name in absent:
                typed[column.name] = _empty(column, frame)
                warnings.append(RowWarning(None, column.name, f"is not there; {_stands_in(column)} in every row"))
            else:
                typed[column.name], odd = _typed(column, _single(frame, column.name), frame, written.get(column.name))
                warnings += odd
        for name, kind in self.fitted.needed.items():
            if name not in typed:
                empty = pd.Series("", index=frame.index, dtype="str")
                typed[name] = typed_cells(empty if name in absent else _single(frame, name), kind, written.get(name))
        return pd.DataFrame(typed, index=frame.index), warnings

    def _cleaned(self, frame: pd.DataFrame, absent: list[str]) -> tuple[pd.DataFrame, list[RowWarning]]:
        """The rows after the value steps; what they need and the rows lack is missing in every row."""
        import pandas as pd

        used = list(self.fitted.needed)
        read = {name for step in self.raw.steps(used, list(frame.columns)) for name in step.reads}
        lacking = [name for name in absent if name in read]
        if lacking:
            empty = pd.DataFrame("", index=frame.index, columns=lacking, dtype="str")
            frame = pd.concat([frame, empty], axis=1)
        warnings = [RowWarning(None, name, "is not there; it counts as missing in every row") for name in lacking]
        for name in read & set(frame.columns):
            _single(frame, name)
        frame, odd = self.raw.cleaned(frame, used)
        for each in odd:
            said = partial(_unread, cell=each.cell, kind=each.kind)
            warnings += _warned(each.flags, frame, each.column, said)
        return frame, warnings

    def _each(self, rows: pd.DataFrame) -> Tensor:
        """The network's outputs (N, n_outputs), or those of each member (K, N, n_outputs)."""
        was_training = self.module.training
        self.module.eval()
        with torch.inference_mode():
            found = [outputs_of(self.module, inputs) for inputs in self._blocks(rows)]
        self.module.train(was_training)
        outputs = torch.cat(found, dim=-2) if found else torch.zeros((0, self.fitted.target.n_outputs))
        if self.fitted.windows is not None and len(rows):
            is_whole = torch.from_numpy(self.fitted.windows.filled(rows)[1])
            if not bool(is_whole.any()):
                raise DataError(
                    f"each answer takes {self.fitted.windows.windows.lookback} rows, the past up to its own",
                    where="rows",
                    came=f"{len(rows)} rows, none with so many in order",
                    do="Give the earlier rows too.",
                )
            outputs[..., ~is_whole, :] = torch.nan
        return outputs

    def _blocks(self, rows: pd.DataFrame) -> Iterator[dict[str, Tensor]]:
        """The inputs by blocks of rows; windows reach over their borders, so there the rows are prepared at once."""
        if self.fitted.windows is not None:
            inputs = self.fitted.apply(rows).inputs
            for start in range(0, len(rows), BLOCK):
                yield {name: values[start : start + BLOCK] for name, values in inputs.items()}
            return
        for start in range(0, len(rows), BLOCK):
            yield self.fitted.apply(rows.iloc[start : start + BLOCK]).inputs

    def _answers(self, answers: dict[str, npt.NDArray[np.float64]], frame: pd.DataFrame) -> tuple[pd.DataFrame, Flags]:
        import pandas as pd

        target = self.fitted.target
        if "values" in answers:
            values = answers["values"]
            names = ["prediction"] if len(target.names) == 1 else [f"prediction_{name}" for name in target.names]
            found = pd.DataFrame(values, index=frame.index, columns=names)
            return found, np.asarray(np.isnan(values).any(axis=1))
        shares = answers["probabilities"]
        if target.task == "multilabel":
            said = target.said(shares)
            columns: dict[str, Any] = {}
            for k, name in enumerate(target.names):
                columns[f"prediction_{name}"] = pd.Series(said[name], index=frame.index, dtype="str")
                columns[f"probability_{name}"] = pd.Series(shares[:, k], index=frame.index)
            return pd.DataFrame(columns, index=frame.index), np.asarray(np.isnan(shares).any(axis=1))
        lost: Flags = np.asarray(np.isnan(shares).any(axis=1))
        codes = np.where(lost, -1, np.where(np.isnan(shares), 0, shares).argmax(axis=1))
        texts = np.array([*target.classes, None], dtype=object)[codes]
        found = pd.DataFrame(shares, index=frame.index, columns=[f"probability_{text}" for text in target.classes])
        found.insert(0, "prediction", pd.Series(texts, index=frame.index, dtype="str"))
        return found, lost


def _typed(
    column: FittedColumn, raw: pd.Series[Any], frame: pd.DataFrame, written: Column | None
) -> tuple[pd.Series[Any], list[RowWarning]]:
    series = typed_cells(raw, column.kind, written) if column.image is None else _only_pictures(raw, column.image)
    missing = series.isna().to_numpy(dtype=bool)
    unread = missing & raw.notna().to_numpy(dtype=bool)
    if raw.dtype == "str":
        unread &= raw.str.strip().ne("").to_numpy(dtype=bool)
    what = _WHAT.get(column.kind, "a level")
    stands_in = _stands_in(column)
    odd = _warned(unread, frame, column.name, lambda at: f"{quoted(raw.iloc[at])} is not {what}; {stands_in}")
    odd += _warned(infinite(series, column.kind), frame, column.name, lambda at: f"is infinite; {stands_in}")
    if not column.n_missing:
        said = f"is missing, as in no training row; {stands_in}"
        odd += _warned(missing & ~unread, frame, column.name, lambda at: said)
    return series, odd + _unfamiliar(column, series, frame)


def _unread(at: int, *, cell: Callable[[int], Any], kind: Kind) -> str:
    return f"{quoted(cell(at))} is not {_WHAT.get(kind, 'a level')}; it counts as missing"


def _with_pictures(used: tuple[FittedColumn, ...], frame: pd.DataFrame) -> tuple[pd.DataFrame, list[RowWarning]]:
    """The rows with the pixel columns joined that make up a column of pictures, and the rows where one is no pixel."""
    import pandas as pd

    from nnlab.data.kinds import strings
    from nnlab.data.pixel_block import NO_PICTURE, joined_text

    warnings: list[RowWarning] = []
    for column in used:
        parts = column.image.parts if column.image else ()
        if not parts or column.name in frame.columns or not set(parts) <= set(frame.columns):
            continue
        text, is_bad = joined_text([_single(frame, part) for part in parts])
        frame = pd.concat([frame, pd.Series(strings(text), index=frame.index, name=column.name)], axis=1)
        warnings += _warned(is_bad, frame, column.name, lambda _: NO_PICTURE)
    return frame, warnings


def _only_pictures(raw: pd.Series[Any], form: ImageForm) -> pd.Series[Any]:
    """The cells as text, those that hold no whole picture missing."""
    from nnlab.data.pictures import is_picture

    text = typed_cells(raw, "text")
    is_whole: Flags = np.array([isinstance(cell, str) and is_picture(cell, form) for cell in text.tolist()], dtype=bool)
    return text.where(is_whole)


def _unfamiliar(column: FittedColumn, series: pd.Series[Any], frame: pd.DataFrame) -> list[RowWarning]:
    """Warnings of levels that training rows did not have, and of values outside their range."""
    if column.image is not None:
        return []
    codes = cells(series, column.kind, column.levels)
    if FORMS[column.kind] == "level":
        unseen = "is rare or was not seen" if column.n_levels > len(column.levels) else "was not seen"
        said = f"{unseen} in training"
        return _warned(codes == UNSEEN, frame, column.name, lambda at: f"{quoted(series.iloc[at])} {said}")
    if column.minimum is None or column.maximum is None:
        return []
    shown = moment if column.kind == "datetime" else number
    said = f"lies outside the training range, {shown(column.minimum)} to {shown(column.maximum)}"
    outside = (codes < column.minimum) | (codes > column.maximum)
    return _warned(outside, frame, column.name, lambda at: f"{shown(float(codes[at]))} {said}")


def _warned(flags: Flags, frame: pd.DataFrame, column: str, text: Callable[[int], str]) -> list[RowWarning]:
    rows = np.flatnonzero(flags)
    found = [RowWarning(_line(frame, int(at)), column, text(int(at))) for at in rows[:MOST_WARNINGS]]
    if len(rows) > MOST_WARNINGS:
        found.append(RowWarning(None, column, f"{number(len(rows) - MOST_WARNINGS, 9)} more rows like the one before"))
    return found


def _line(frame: pd.DataFrame, at: int) -> int:
    return int(frame.index[at]) if frame.index.name == "line" else at + 1


def _stands_in(column: FittedColumn) -> str:
    told = zip(column.steps, sentences(column), strict=True)
    fills = [said for fitted, said in told if fitted.step.kind.startswith("impute_")]
    if fills:
        return f"the {fills[0]} stands in".replace("the constant", "the")
    if FORMS[column.kind] == "number" and column.median is not None:
        return f"the median {number(column.median)} stands in"
    return "it counts as missing" if column.image is None else "zeros stand in"


def _single(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    found = frame[name]
    if found.ndim != 1:
        raise DataError(
            "a column may be there only once",
            where="columns",
            came=f"{name[:80]}, {found.shape[1]} times",
            do="Rename one of them.",
            column=name,
        )
    return found


def _empty(column: FittedColumn, frame: pd.DataFrame) -> pd.Series[Any]:
    import pandas as pd

    dtype = {"numeric": "float64", "datetime": "datetime64[us]"}.get(column.kind, "str")
    return pd.Series(np.nan if dtype != "datetime64[us]" else pd.NaT, index=frame.index, dtype=dtype)


def quoted(cell: object) -> str:
    """A cell as it stands in a warning: between marks, a long one cut."""
    text = str(cell)
    return f'"{text if len(text) <= 40 else text[:39] + "…"}"'
