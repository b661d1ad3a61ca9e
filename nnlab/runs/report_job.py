"""Judging a run: its best weights' outputs for the test rows beside baselines fitted on the same rows.

Needs scikit-learn, LightGBM and pandas, which the process that trains never imports; so it follows as a job of its own,
or happens in the process of a command.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.errors import ConflictError, NotFoundError
from nnlab.runs.checkpoint import told_of, unpacked
from nnlab.runs.files import write_bytes
from nnlab.runs.folder import RunFolder
from nnlab.runs.state import last_event

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from torch import Tensor

    from nnlab.prep.batch import Batch
    from nnlab.prep.encoded import Encoded
    from nnlab.prep.fitted import Fitted
    from nnlab.score.outputs import Outputs
    from nnlab.score.report import Report

    Progress = Callable[[float, str], None]
    Array = npt.NDArray[Any]


def judge(folder: RunFolder, progress: Progress | None = None) -> Report:
    """The run's report, also written to report.json and predictions.parquet.

    Raises `NotFoundError` where the run has no weights or its table is gone, and `ConflictError` where it was trained
    further meanwhile.
    """
    from nnlab.prep.encoded import Encoded
    from nnlab.runs.project import Project
    from nnlab.score.report import make_report

    tell = progress or (lambda share, text: None)
    tell(0.0, "network")
    encoded = Encoded.open(folder.encoded_path)
    tensors, told = test_outputs(folder, encoded)
    fitted, test = encoded.fitted, encoded.part("test")
    answering = fitted.answering(Project.from_plain(folder.spec.project).training.clip_answers)
    answers = _answers(answering, tensors["outputs"])
    truth = true_values(fitted, test)
    last = last_event(folder.path / "events.jsonl") or {}
    report = make_report(
        fitted.target.task,
        fitted.target.classes or fitted.target.labels,
        fitted.target.names,
        test.lines.numpy(),
        truth,
        answers,
        _baselines(encoded, test, folder.spec.seed, lambda share, text: tell(0.1 + 0.7 * share, text)),
        encoded.n_rows,
        folder.spec.seed,
        epochs=last.get("epochs") or last.get("epoch"),
        best_epoch=told.get("epoch"),
        members=[_answers(answering, each) for each in tensors.get("members", ())],
    )
    if fitted.windows is not None:
        report = report.told_ahead(fitted.windows.windows.horizon)
    tell(0.9, "writing")
    table = _predictions(fitted, test, truth, answers)
    _write(folder, told["checksum"], report, table)
    return report


def test_outputs(folder: RunFolder, encoded: Encoded) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The best weights' raw "outputs" (N, K) for the test rows, and of several "members" what each gives (M, N, K).

    Computed here where the trainer left none.
    """
    from nnlab.runs.assemble import write_missing_outputs

    path = folder.path / "test.safetensors"
    if not path.exists():
        if not (folder.path / "best.safetensors").exists():
            do = "Train it until its first epoch is over."
            raise NotFoundError("this run has no weights to judge", where=folder.id, do=do)
        write_missing_outputs(folder, encoded)
    tensors, _ = unpacked(path)
    return tensors, told_of(path)


def true_values(fitted: Fitted, rows: Batch) -> Array:
    """Class codes (N,), 1 for yes and 0 for no (N, K), or values (N, K) in the targets' own units."""
    assert rows.target is not None
    if fitted.target.task != "regression":
        return rows.target.numpy()
    return fitted.target.original(rows.target.double().numpy())


def _answers(fitted: Fitted, outputs: Tensor) -> Outputs:
    from nnlab.score.outputs import Outputs

    decoded = fitted.decode(outputs)
    return Outputs(decoded["values" if fitted.target.task == "regression" else "probabilities"])


def _baselines(encoded: Encoded, test: Batch, seed: int, progress: Progress) -> dict[str, Outputs]:
    from nnlab.baseline import fit_baselines
    from nnlab.baseline_rows import BaselineRows, carried_on
    from nnlab.score.outputs import Outputs

    fitted, train, validation = encoded.fitted, encoded.part("train"), encoded.part("validation")
    rows = BaselineRows(fitted, train)
    always = {name: Outputs(values) for name, values in carried_on(fitted, test).items()}
    return always | fit_baselines(
        fitted.target.task,
        rows.of(train),
        true_values(fitted, train),
        rows.of(validation),
        true_values(fitted, validation),
        rows.of(test),
        seed=seed,
        n_classes=len(fitted.target.classes) or None,
        progress=progress,
    )


def _predictions(fitted: Fitted, test: Batch, truth: Array, answers: Outputs) -> bytes:
    """The test rows as a Parquet file: line, what is true, what the network says."""
    import pandas as pd

    values = np.asarray(answers.values)
    columns: dict[str, Any] = {"line": test.lines.numpy()}
    if fitted.target.task == "regression":
        for k, name in enumerate(fitted.target.names):
            columns |= {f"true {name}": truth[:, k], f"predicted {name}": values[:, k]}
    elif fitted.target.task == "multilabel":
        said = fitted.target.said(values)
        for k, (name, pair) in enumerate(zip(fitted.target.names, fitted.target.pairs, strict=True)):
            true = np.array(pair, dtype=object)[truth[:, k].astype(np.int64)]
            columns |= {f"true {name}": true, f"predicted {name}": said[name], f"probability of {name}": values[:, k]}
    else:
        classes = np.array(fitted.target.classes, dtype=object)
        columns |= {"true": classes[truth], "predicted": classes[values.argmax(1)]}
        columns |= {f"probability of {name}": values[:, k] for k, name in enumerate(fitted.target.classes)}
    data = io.BytesIO()
    pd.DataFrame(columns).to_parquet(data, index=False)
    return data.getvalue()


def _write(folder: RunFolder, checksum: str, report: Report, table: bytes) -> None:
    """Puts both files down, unless the run has gone on meanwhile: a report on other weights must not stand there."""
    if told_of(folder.path / "test.safetensors").get("checksum") != checksum or folder.is_held:
        do = "It is judged again when it has ended."
        raise ConflictError("the run has been trained further meanwhile", where=folder.id, do=do)
    write_bytes(folder.path / "predictions.parquet", table)
    write_bytes(folder.path / "report.json", (report.to_json() + "\n").encode())
