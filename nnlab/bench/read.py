"""Times reading a file of mixed columns beside what others need for it: CPU and wall time, memory, the guess alone.

Others are told delimiter and decimal mark and guess nothing else; only nnlab hashes the file and reads its dates.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.bench.mixed import FORMS, Form, write_mixed
from nnlab.bench.rows import Arm, Figure, Row

SIZE = 100_000_000  # bytes
N_ROUNDS = 3
N_GUESSES = 9
HEAD = 65_536  # bytes
_MEASURED = """
import resource, sys
import pandas, pyarrow.compute, pyarrow.csv
import nnlab.data.kinds
from nnlab.data.compiled import read_compiled
from nnlab.data.read import read
arm, path, delimiter, decimal = sys.argv[1:]
if arm == "nnlab":
    read(path)
elif arm == "pandas":
    pandas.read_csv(path, sep=delimiter, decimal=decimal)
try:  # what getrusage says on Linux includes the process that started this one
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
except OSError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def read_rows(size: int = SIZE, n_rounds: int = N_ROUNDS) -> list[Row | Figure]:
    """All that is measured of reading: a file with semicolons and decimal commas, and one with commas."""
    rows: list[Row | Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMS:
            path = Path(folder) / f"{form.name}.csv"
            write_mixed(path, size, form)
            rows += timed(path, form, n_rounds)
            rows += peaks(path, form)
            rows += guesses(path, form)
            rows.append(profiled(path, form, n_rounds))
            path.unlink()
    return rows


@dataclass(frozen=True)
class _Cost:
    cpu_s: float
    wall_s: float


def _cost(arm: Arm) -> _Cost:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    arm()
    return _Cost(time.process_time() - cpu_s, time.perf_counter() - wall_s)


def timed(path: Path, form: Form, n_rounds: int) -> list[Row | Figure]:
    """CPU and wall time of every reader against pandas, turn by turn after a round that does not count."""
    arms = _arms(path, form)
    costs: dict[str, list[_Cost]] = {name: [] for name in arms}
    for turn in range(n_rounds + 1):
        for name, arm in arms.items():
            cost = _cost(arm)
            if turn:
                costs[name].append(cost)
    base = costs.pop("pandas.read_csv")
    size = f"{path.stat().st_size / 1e6:.0f} MB, {form.name}"
    rows: list[Row | Figure] = []
    for name, mine in costs.items():
        cpu = tuple(one.cpu_s / other.cpu_s for one, other in zip(mine, base, strict=True))
        wall = tuple(one.wall_s / other.wall_s for one, other in zip(mine, base, strict=True))
        cpu_s, wall_s = (
            statistics.median(each) for each in zip(*((one.cpu_s, one.wall_s) for one in mine), strict=True)
        )
        rows.append(Row("read", f"{name}, {size}, CPU", "pandas.read_csv", cpu, cpu_s))
        rows.append(Row("read", f"{name}, {size}, wall", "pandas.read_csv", wall, wall_s))
    return rows


def _arms(path: Path, form: Form) -> dict[str, Arm]:
    """The readers that are installed, each from the path to columns with values."""
    import pandas as pd
    import pyarrow.csv as pcsv

    from nnlab.data.read import read

    parse, convert = pcsv.ParseOptions(delimiter=form.delimiter), pcsv.ConvertOptions(decimal_point=form.decimal)
    arms: dict[str, Arm] = {
        "pandas.read_csv": lambda: pd.read_csv(path, sep=form.delimiter, decimal=form.decimal),
        "nnlab.read": lambda: read(path),
        "pyarrow": lambda: pcsv.read_csv(path, parse_options=parse, convert_options=convert),
    }
    if importlib.util.find_spec("polars"):
        polars: Any = importlib.import_module("polars")
        is_comma = form.decimal == ","
        arms["polars"] = lambda: polars.read_csv(
            path, separator=form.delimiter, decimal_comma=is_comma, infer_schema_length=None
        )
    if importlib.util.find_spec("duckdb"):
        duckdb: Any = importlib.import_module("duckdb")
        arms["DuckDB"] = lambda: duckdb.read_csv(str(path), sep=form.delimiter, decimal=form.decimal).to_arrow_table()
    return arms


def peaks(path: Path, form: Form) -> list[Row | Figure]:
    """The most memory that reading took, over a process that only imported, as a multiple of the file."""
    if not importlib.util.find_spec("resource"):
        return []
    idle = _peak("nothing", path, form)
    size = path.stat().st_size
    return [
        Figure("read", f"peak memory of {arm}, {form.name}", (_peak(arm, path, form) - idle) / size, "times the file")
        for arm in ("nnlab", "pandas")
    ]


def _peak(arm: str, path: Path, form: Form) -> int:
    """The peak memory of a process of its own, bytes."""
    root = str(Path(__file__).resolve().parents[2])
    said = subprocess.run(
        [sys.executable, "-c", _MEASURED, arm, str(path), form.delimiter, form.decimal],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(said.stdout) * (1 if sys.platform == "darwin" else 1024)


def guesses(path: Path, form: Form) -> list[Row | Figure]:
    """CPU time of the guess alone (encoding, dialect, place of the table) on the head of the file."""
    from nnlab.data.reading import guess_reading

    with path.open("rb") as file:
        text = file.read(HEAD).decode("utf-8", "ignore")
    chinese = text.replace("Köln", "上海市浦东新区").replace("München", "北京市海淀区").replace("Zürich", "温度")
    figures: list[Row | Figure] = []
    for encoding, letters in (("utf-8", text), ("cp1252", text), ("gb18030", chinese)):
        head = letters.encode(encoding)
        times = [_cost(lambda head=head: guess_reading(head)).cpu_s for _ in range(N_GUESSES)]  # type: ignore[misc]
        figures.append(
            Figure("read", f"the guess, {form.name}, {encoding}", 1e3 * statistics.median(times), "ms of CPU")
        )
    return figures


def profiled(path: Path, form: Form, n_rounds: int) -> Row:
    """CPU time of the picture of every column, against reading the table."""
    from nnlab.data.profile import profile
    from nnlab.data.read import read

    ratios, seconds = [], []
    for _ in range(n_rounds):
        read_s = _cost(lambda: read(path)).cpu_s
        table = read(path)
        profile_s = _cost(lambda table=table: profile(table.frame, table.columns)).cpu_s  # type: ignore[misc]
        ratios.append(profile_s / read_s)
        seconds.append(profile_s)
    return Row("read", f"profile, {form.name}, CPU", "nnlab.read", tuple(ratios), statistics.median(seconds))
