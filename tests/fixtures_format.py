"""Makes the fixtures of a format: `python -m tests.fixtures_format` writes tests/fixtures/format_N/.

A folder that was released stays as it is for ever: later versions must open it. Only a new format gets a new folder.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import load_file

FIXTURES = Path(__file__).resolve().parent / "fixtures"
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
KEPT_OUT = ("run.lock", "log.txt")  # of the process that trained
RECIPE = {
    "bill_length_mm": [{"kind": "impute_mean"}, {"kind": "standardize"}],
    "body_mass_g": [{"kind": "impute_median"}, {"kind": "min_max_scale"}],
}
CLEANING: list[dict[str, Any]] = [
    {"kind": "drop_rows", "conditions": [{"column": "species", "comparison": "is_missing"}]},
    {
        "kind": "merge_spellings",
        "column": "sex",
        "spellings": [{"kept": "MALE", "merged": ["Male"]}, {"kept": "FEMALE", "merged": ["Female"]}],
    },
]
TRUNK: list[dict[str, Any]] = [
    {"kind": "Linear", "out_features": 8},
    {"kind": "BatchNorm1d"},
    {"kind": "SiLU"},
    {"kind": "Residual", "body": [{"kind": "Linear", "out_features": 8}, {"kind": "Tanh"}]},
]


def renew(folder: Path) -> None:
    """Writes rows.csv, project.json, run/, run.zip and expected.json into a folder that is not there yet."""
    from nnlab.cleaning import Cleaning
    from nnlab.runs import files
    from nnlab.runs.archive import pack
    from nnlab.runs.cleaned_tables import with_cleaning
    from nnlab.runs.foreground import train
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space, home

    folder.mkdir(parents=True)
    rows = folder / "rows.csv"
    frame = pd.read_csv(SAMPLES / "penguins.csv", dtype=str, keep_default_na=False).iloc[::5][:60]
    frame["sex"] = [cell.capitalize() if at % 4 == 0 else cell for at, cell in enumerate(frame["sex"])]
    frame.to_csv(rows, index=False)
    space = Space(home())
    project = Project().for_file(space.put_table(rows, "penguins.csv")).with_target("species")
    project = with_cleaning(space, project, Cleaning.parse({"steps": CLEANING}))
    for name in ("bill_depth_mm", "flipper_length_mm"):
        project = project.with_column(name, role="ignore")
    recipe = {"columns": [{"column": name, "steps": steps} for name, steps in RECIPE.items()]}
    project = Project.parse({**project.plain(), "name": "Penguins", "recipe": recipe, "network": {"trunk": TRUNK}})
    project = project.setting("training.epochs", 3)
    run = train(rows, project=project, out=folder / "run")
    files.write_json(folder / "project.json", project.portable().plain())
    (folder / "run.zip").write_bytes(pack(run.path))
    for name in KEPT_OUT:
        (run.path / name).unlink(missing_ok=True)
    plain = {"probabilities": probabilities(folder).tolist(), "metrics": run.summary()["metrics"]["test"]}
    (folder / "expected.json").write_text(json.dumps(plain, indent=1) + "\n")


def probabilities(folder: Path) -> torch.Tensor:
    """What the run says about every row (N, 3), computed with pandas and torch alone from its weights."""
    weights = {name: tensor.double() for name, tensor in load_file(folder / "run" / "best.safetensors").items()}
    x = torch.nn.functional.linear(features(folder), weights["trunk.0.weight"], weights["trunk.0.bias"])
    norm = [weights[f"trunk.1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    x = torch.nn.functional.silu(torch.nn.functional.batch_norm(x, *norm))
    body = torch.nn.functional.linear(x, weights["trunk.3.body.0.weight"], weights["trunk.3.body.0.bias"])
    x = x + torch.tanh(body)
    return torch.softmax(torch.nn.functional.linear(x, weights["head.weight"], weights["head.bias"]), dim=1)


def features(folder: Path) -> torch.Tensor:
    """The rows as the network takes them (N, 8), prepared by hand from the rows that were trained on."""
    frame = pd.read_csv(folder / "rows.csv", keep_default_na=False, na_values=["", "NA"])
    is_train = (load_file(folder / "run" / "encoded.safetensors")["part"] == 0).numpy()
    bill = frame["bill_length_mm"].fillna(frame["bill_length_mm"][is_train].mean())
    mass = frame["body_mass_g"].fillna(frame["body_mass_g"][is_train].median())
    columns = [
        *(frame["island"] == level for level in ("Biscoe", "Dream", "Torgersen")),
        (bill - bill[is_train].mean()) / bill[is_train].std(ddof=0),
        (mass - mass[is_train].min()) / (mass[is_train].max() - mass[is_train].min()),
        *(frame["sex"].str.upper() == level for level in ("FEMALE", "MALE")),
        frame["sex"].isna(),
    ]
    return torch.tensor(pd.concat(columns, axis=1).astype("float64").to_numpy())


def main() -> None:
    """Renews the fixtures of the present format, which must not have been released yet."""
    from nnlab.runs.folder import FORMAT

    folder = FIXTURES / f"format_{FORMAT}"
    with tempfile.TemporaryDirectory() as name:
        os.environ["NNLAB_HOME"] = name
        shutil.rmtree(folder, ignore_errors=True)
        renew(folder)


if __name__ == "__main__":
    main()
