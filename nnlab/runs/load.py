"""A run, opened: its best epoch's weights and its preparation as one `Predictor`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.errors import NotFoundError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.checkpoint import unpacked
from nnlab.runs.folder import RunFolder
from nnlab.runs.weights import check_finite, check_fits, damaged, read_header

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nnlab.predictor import Predictor


def load(run: RunFolder | Path | str) -> Predictor:
    """What a run learnt, ready to predict: from its folder, from a downloaded zip, or by its id in the space `local`.

    Raises `NotFoundError` where there is no run or no weights yet, and `StorageError` that names the file where one is
    damaged, tampered with or of a newer version.
    """
    if isinstance(run, RunFolder):
        return predictor_of(run)
    path = Path(run)
    if path.is_file():
        return _from_archive(path)
    if not path.is_dir() and path.name == str(run):
        from nnlab.runs.workspace import Space, home

        return predictor_of(Space(home()).run(path.name))
    return predictor_of(RunFolder(path))


def predictor_of(folder: RunFolder) -> Predictor:
    """The predictor in a run's folder; everything in it is checked before it is used."""
    from nnlab.cleaning.rows import RawColumn, RawRows
    from nnlab.network.build import build_members
    from nnlab.network.head import Head
    from nnlab.predictor import Predictor
    from nnlab.prep.fitted import Fitted
    from nnlab.runs.project import Project

    spec = folder.spec
    project = Project.from_plain(spec.project, "run.json, project")
    if project.network is None:
        raise damaged("run.json", "a run without its network")
    head = Head.parse(spec.head, "run.json, head")
    fitted = Fitted.from_bytes(_checked_bytes(folder.path / "fitted.safetensors"))
    if fitted.head != head or fitted.input_shapes != spec.input_shapes:
        raise damaged("fitted.safetensors", "another head or other inputs", "the preparation does not fit the network")
    seeds = range(project.training.members)
    module = build_members(project.network, spec.input_shapes, head, seeds, limits=limits())
    module.load_state_dict(_weights(folder, {name: tuple(x.shape) for name, x in module.state_dict().items()}))
    _check_remembered(module, head.n_outputs)
    module.eval()
    raw = RawRows(
        project.cleaning, tuple(RawColumn.parse(plain, "run.json, raw_columns") for plain in spec.raw_columns)
    )
    fitted = fitted.answering(project.training.clip_answers)
    return Predictor(project.columns, fitted, project.network, module, spec.name, raw)


def _weights(folder: RunFolder, expected: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    path = folder.path / "best.safetensors"
    where = files.shown(path)
    try:
        data = files.read_bytes(path)
    except NotFoundError:
        if not folder.exists:
            raise
        do = "Train it until its first epoch is over."
        raise NotFoundError("this run has no weights yet", where=where, do=do, reason="gone") from None
    claims = read_header(data, len(data), where)
    check_fits(claims, expected, where)
    del data
    tensors, _ = unpacked(path)
    check_finite(tensors.items(), where)
    return tensors


def _check_remembered(module: nn.Module, n_outputs: int) -> None:
    """Raises `StorageError` unless every remembered row has a place and an answer for each output."""
    from nnlab.network.modules import NearestRows

    for part in module.modules():
        if isinstance(part, NearestRows):
            n_dims = part.weight.shape[1]
            if part.keys.shape[1] != n_dims or part.answers.shape != (len(part.keys), n_outputs):
                came = f"places {tuple(part.keys.shape)}, answers {tuple(part.answers.shape)}"
                raise damaged("best.safetensors", came, "every remembered row has a place and its answers")


def _checked_bytes(path: Path) -> bytes:
    data = files.read_bytes(path)
    read_header(data, len(data), files.shown(path))
    return data


def _from_archive(path: Path) -> Predictor:
    from nnlab.runs.archive import place

    data = files.read_bytes(path, limits().archive_bytes)
    with tempfile.TemporaryDirectory(prefix="nnlab-") as folder:
        place(data, Path(folder), "downloaded")
        return predictor_of(RunFolder(folder))
