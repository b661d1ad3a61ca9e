"""Times the preparation beside a scikit-learn ColumnTransformer of the same steps, each in a process of its own.

Twelve columns of numbers and eight of levels, each with a twentieth of its cells missing. Numbers: median, standardize;
levels: most frequent level, one-hot. Both fit on all rows and turn all of them into one float32 matrix, on one thread;
what a process imports and the table itself are there before the clock starts, and scikit-learn gets its levels as it
wants them. Each does it twice: the first pass also waits for memory that the machine has not handed out before, which
on a virtual one takes longer than the work itself. Memory is that of the first.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.bench.rows import Figure, Row
from nnlab.machine import one_thread_unless_said

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from nnlab.prep.fitted import Fitted

    Matrix = npt.NDArray[np.float32]

N_ROWS = 1_000_000
N_ROUNDS = 3
N_COMPARED = 10_000  # rows whose numbers are held against each other
N_WARM = 1_000  # rows of the pass that does not count
N_LEVELS = (2, 3, 5, 5, 8, 10, 12, 20)
MISSING = 0.05  # the share of cells
NUMBERS = tuple(f"number_{place}" for place in range(12))
LEVELS = tuple(f"level_{place}" for place in range(len(N_LEVELS)))
ARMS = ("nnlab", "ColumnTransformer")
CLOCKS = {"CPU": time.process_time, "wall": time.perf_counter}
PASSES = ("first pass", "second pass")


def prepare_rows(n_rows: int = N_ROWS, n_rounds: int = N_ROUNDS) -> list[Row | Figure]:
    """Time against the ColumnTransformer, memory against the output, and the largest difference between the two."""
    found: dict[str, list[dict[str, float]]] = {arm: [] for arm in ARMS}
    for _ in range(n_rounds):
        for arm in ARMS:
            found[arm].append(_in_a_process(arm, n_rows))
    ours, theirs = (found[arm] for arm in ARMS)
    size = f"{n_rows:_} × {len(NUMBERS) + len(LEVELS)}".replace("_", " ")
    rows: list[Row | Figure] = []
    for timed in (f"{turn}, {clock}" for turn in PASSES for clock in CLOCKS):
        ratios = tuple(one[timed] / other[timed] for one, other in zip(ours, theirs, strict=True))
        seconds = statistics.median(each[timed] for each in ours)
        rows.append(Row("prepare", f"fit and apply, {size}, {timed}", ARMS[1], ratios, seconds))
    for arm in ARMS:
        times = [each["extra_bytes"] / each["output_bytes"] for each in found[arm]]
        rows.append(Figure("prepare", f"extra memory of {arm}", statistics.median(times), "times the output"))
    rows.append(Figure("prepare", "largest difference of a number", largest_difference(), "millionths"))
    return rows


def mixed_frame(n_rows: int) -> pd.DataFrame:
    """The table, typed as the data room types it."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for place, name in enumerate(NUMBERS):
        values = rng.standard_normal(n_rows) * (place + 1) + place
        values[rng.random(n_rows) < MISSING] = np.nan
        columns[name] = values
    for name, n_levels in zip(LEVELS, N_LEVELS, strict=True):
        texts = np.array([f"level {level}" for level in range(n_levels)] + [None], dtype=object)
        codes = rng.integers(0, n_levels, n_rows)
        codes[rng.random(n_rows) < MISSING] = n_levels
        columns[name] = pd.Series(texts[codes], dtype="str")
    columns["y"] = rng.standard_normal(n_rows)
    return pd.DataFrame(columns)


def largest_difference(n_rows: int = N_COMPARED) -> float:
    """The largest difference between the numbers of the two for the same cell, in millionths."""
    import numpy as np

    frame = mixed_frame(n_rows)
    fitted, ours = prepared(frame)
    made, theirs = transformed(_as_they_want_it(frame))
    names = [name.partition("__")[2].replace("_level ", " = level ") for name in made.get_feature_names_out()]
    order = [names.index(name) for name in fitted.feature_names]
    return 1e6 * float(np.abs(ours.astype(np.float64) - theirs[:, order]).max())


def prepared(frame: pd.DataFrame) -> tuple[Fitted, Matrix]:
    """Fitted on all rows and applied to all of them by nnlab."""
    import numpy as np

    from nnlab.data.columns import Column, Columns
    from nnlab.prep.cells import with_codes
    from nnlab.prep.fit import fit
    from nnlab.prep.recipe import Recipe
    from nnlab.prep.split import TRAIN

    named = [Column(name=name, kind="numeric") for name in NUMBERS]
    named += [Column(name=name, kind="categorical") for name in LEVELS]
    columns = Columns(columns=(*named, Column(name="y", kind="numeric", role="target")))
    recipe = Recipe.parse({"columns": [_recipe_of(column.name, column.kind) for column in columns.features]})
    frame = with_codes(frame, columns)
    fitted = fit(frame, columns, recipe, np.full(len(frame), TRAIN, dtype=np.int8), "regression")
    return fitted, fitted.apply(frame).inputs["table"].numpy()


def transformed(frame: pd.DataFrame) -> tuple[Any, Matrix]:
    """Fitted on all rows and applied to all of them by scikit-learn."""
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    made = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), list(NUMBERS)),
            ("levels", make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot), list(LEVELS)),
        ]
    )
    return made, made.fit_transform(frame).astype(np.float32)


def measured(arm: str, n_rows: int) -> dict[str, float]:
    """Seconds of fit and apply by pass and clock; bytes of their output, and those they took over what was there."""
    work = prepared if arm == "nnlab" else transformed
    frame = mixed_frame(max(n_rows, N_WARM))
    if arm != "nnlab":
        frame = _as_they_want_it(frame)
    work(frame.iloc[:N_WARM])
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    found: dict[str, float] = {}
    before = _memory("VmRSS")
    for turn in PASSES:
        began = {clock: now() for clock, now in CLOCKS.items()}
        output = work(frame)[1]
        found |= {f"{turn}, {clock}": now() - began[clock] for clock, now in CLOCKS.items()}
        if turn == PASSES[0]:  # never below nothing: Linux counts pages by thread, and adds them up some later
            found["extra_bytes"] = float(max(0, _memory("VmHWM") - before))
        found["output_bytes"] = float(output.nbytes)
        del output
    return found


def _recipe_of(name: str, kind: str) -> dict[str, Any]:
    kinds = ("impute_median", "standardize") if kind == "numeric" else ("impute_most_frequent", "one_hot")
    return {"column": name, "steps": [{"kind": step} for step in kinds]}


def _as_they_want_it(frame: pd.DataFrame) -> pd.DataFrame:
    """Levels as Python objects with NaN for a missing one."""
    import numpy as np

    names = list(LEVELS)
    return frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), np.nan) for name in names})


def _memory(name: str) -> int:
    """What the system says of this process's memory, bytes: VmRSS now, VmHWM at its most."""
    try:
        with Path("/proc/self/status").open() as status:
            return 1024 * next(int(line.split()[1]) for line in status if line.startswith(name))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _in_a_process(arm: str, n_rows: int) -> dict[str, float]:
    root = str(Path(__file__).resolve().parents[2])
    code = f"import json; from nnlab.bench.prepare import measured; print(json.dumps(measured({arm!r}, {n_rows})))"
    paths = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, **one_thread_unless_said(), "PYTHONPATH": paths}
    said = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return found
