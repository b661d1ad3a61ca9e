"""The measured file of mixed columns is what it says, and every row of the benchmark says of what it is a multiple."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nnlab.bench import read as timing
from nnlab.bench.mixed import FORMS, Form, write_mixed
from nnlab.bench.rows import Figure, Row
from nnlab.data import read
from tests.batteries import battery


@pytest.fixture(params=FORMS, ids=lambda form: form.name)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Form]:
    """A small file of each form."""
    path = tmp_path / "mixed.csv"
    write_mixed(path, battery(40_000, 3_000_000), request.param)
    return path, request.param


def test_the_file_is_read_as_it_was_meant(written: tuple[Path, Form]) -> None:
    """pandas, told everything, sees the same numbers; kinds are those that the columns were made for."""
    path, form = written
    table = read(path)
    marks = ["NA", "", "-"]
    expected = pd.read_csv(path, sep=form.delimiter, decimal=form.decimal, na_values=marks)
    kinds = [column.kind for column in table.columns.columns]
    assert kinds == ["numeric"] * 10 + ["datetime"] * 2 + ["categorical"] * 3 + ["text", "id"]
    for name in table.columns.names[:10]:
        assert table.frame[name].equals(expected[name].astype("float64").set_axis(table.frame.index)), name
    days = pd.to_datetime(expected["day"], format=form.day)
    assert (table.frame["day"].to_numpy() == days.to_numpy())[days.notna()].all()
    assert table.frame["day"].isna().sum() == days.isna().sum() > 0
    assert table.frame["note"].tolist()[:20] == expected["note"].tolist()[:20]
    assert table.issues == ()


def test_rows_say_what_was_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """CPU and wall time of every reader, the guess for three encodings, the profile."""
    monkeypatch.setattr(timing, "N_GUESSES", 1)
    monkeypatch.setattr(timing.importlib.util, "find_spec", lambda name: None)  # no readers but those we need
    path, form = tmp_path / "mixed.csv", FORMS[0]
    write_mixed(path, 10_000, form)
    said = [*timing.timed(path, form, 1), *timing.guesses(path, form), timing.profiled(path, form, 1)]
    assert [(row.arm.split(",")[0], row.arm.split()[-1], row.base) for row in said if isinstance(row, Row)] == [
        ("nnlab.read", "CPU", "pandas.read_csv"),
        ("nnlab.read", "wall", "pandas.read_csv"),
        ("pyarrow", "CPU", "pandas.read_csv"),
        ("pyarrow", "wall", "pandas.read_csv"),
        ("profile", "CPU", "nnlab.read"),
    ]
    figures = [row.plain() for row in said if isinstance(row, Figure)]
    assert [figure["what"].split()[-1] for figure in figures] == ["utf-8", "cp1252", "gb18030"]
    assert {figure["unit"] for figure in figures} == {"ms of CPU"}


def test_memory_is_over_that_of_a_process_that_only_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As a multiple of the file; the processes themselves are run by the benchmark alone."""
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"x" * 100)
    monkeypatch.setattr(timing, "_peak", lambda arm, *_: {"nothing": 1000, "nnlab": 1300, "pandas": 1250}[arm])
    assert timing.peaks(path, FORMS[1]) == [
        Figure("read", "peak memory of nnlab, comma", 3.0, "times the file"),
        Figure("read", "peak memory of pandas, comma", 2.5, "times the file"),
    ]
