"""The whole journey on a real file, as a person walks it; pictures and an accessibility check of every page."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import ViewportSize, expect

from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.batteries import battery
from tests.browser.conftest import Serve, Visit
from tests.browser.projects import comes_true, ready
from tests.browser.server import Server
from tests.browser.visitor import PHONE, ROOT, WAIT_MS, WIDE, Visitor

TITANIC = ROOT / "samples" / "titanic.csv"
PICTURES = ROOT / "pictures"
Theme = Literal["dark", "light"]
LOOKS: tuple[tuple[Theme, ViewportSize, ViewportSize], ...] = (("dark", PHONE, WIDE), ("light", WIDE, PHONE))

pytestmark = pytest.mark.timeout(600)


class Walk:
    """What the walk carries from page to page: who walks, where it is kept, what was seen."""

    def __init__(self, visitor: Visitor, space: Space) -> None:
        self.visitor = visitor
        self.space = space
        self.wrong: list[str] = []
        self.n_looks = 0

    @property
    def project(self) -> Project:
        return self.space.project(self.visitor.named("project"))

    @property
    def run(self) -> RunFolder:
        return self.space.run(self.visitor.named("run"))

    def look(self, name: str) -> None:
        """A picture judged by axe, dark and narrow or light and wide in turn; all four where batteries are full."""
        PICTURES.mkdir(exist_ok=True)
        visitor = self.visitor
        self.n_looks += 1
        for theme, judged, other in LOOKS if battery(0, 1) else (LOOKS[self.n_looks % 2],):
            for size in (other, judged)[battery(1, 0) :]:
                visitor.page.set_viewport_size(size)
                visitor.themed(theme).picture(PICTURES / f"{name}-{theme}-{size['width']}.png")
            self.check(f"{name}, {theme}, {judged['width']}")
        visitor.page.set_viewport_size(WIDE)

    def check(self, name: str) -> None:
        """The page as it stands is judged by axe, without a picture."""
        self.wrong += [f"{name}: {told}" for told in self.visitor.violations()]


def test_from_a_csv_to_a_model_that_somebody_else_opens(
    serve: Serve, shared: Server, visit: Visit, home: Path, tmp_path: Path
) -> None:
    """Each page does its part on titanic.csv; the downloaded run answers the same on another server's empty space."""
    server = serve()
    visitor = visit(server)
    walk = Walk(visitor, Space(home, "local"))
    understood(walk)
    prepared(walk)
    designed(walk)
    trained(walk)
    judged(walk)
    answer = predicted(walk, tmp_path)
    taken = taken_away(walk, tmp_path)
    stranger = visit(shared)
    assert opened_elsewhere(stranger, taken) == answer
    assert not [*visitor.faults, *stranger.faults]
    assert not walk.wrong, "\n".join(walk.wrong)


def understood(walk: Walk) -> None:
    """Start and Data: the file is read, what was understood is said, the target is chosen."""
    visitor = walk.visitor.open("/predict").says("No run is open")
    walk.check("nothing open")
    visitor.open()
    walk.look("start")
    visitor.drop(TITANIC, "start.upload.0").on("Data")
    visitor.says("891 rows · 12 columns").says("header in line 1")
    assert visitor.keyed("next.prepare").get_by_role("button").is_disabled()
    visitor.choose("data.target", "Survived").says("Yes or no")
    comes_true(lambda: [column.name for column in walk.project.columns.targets] == ["Survived"], "no target")
    walk.look("data")


def prepared(walk: Walk) -> None:
    """Prepare: a column gets other steps, and the numbers that a row becomes change with them."""
    visitor = walk.visitor.press("next.prepare").on("Prepare")
    visitor.says("570 rows train")
    visitor.choose("prepare.column", "Fare").says("Fare in line")
    before = len(walk.project.recipe.columns)
    visitor.press("prepare.remove.Fare.1")
    expect(visitor.keyed("prepare.default.Fare")).to_be_visible()
    assert len(walk.project.recipe.columns) == before + 1
    walk.look("prepare")


def designed(walk: Walk) -> None:
    """Network: a layer is inserted by name, moved by a button and by the keyboard; shapes follow."""
    visitor = walk.visitor.press("next.network").on("Network")
    stack = visitor.keyed("network.stack")
    expect(stack.get_by_role("treeitem")).to_have_count(5)
    stack.get_by_role("treeitem").nth(1).click()
    stack.get_by_role("treeitem").nth(1).press("/")
    stack.get_by_role("combobox").fill("layern")
    stack.get_by_role("combobox").press("Enter")
    expect(stack.get_by_role("treeitem").nth(2)).to_contain_text("LayerNorm")
    assert kinds(walk) == ["Linear", "LayerNorm", "SiLU", "Dropout"]
    visitor.press("network.layer.down.trunk.1")
    expect(stack.get_by_role("treeitem").nth(3)).to_contain_text("LayerNorm")
    stack.get_by_role("treeitem").nth(3).click()
    stack.get_by_role("treeitem").nth(3).press("Alt+ArrowUp")
    expect(stack.get_by_role("treeitem").nth(2)).to_contain_text("LayerNorm")
    visitor.drawn()
    assert kinds(walk) == ["Linear", "LayerNorm", "SiLU", "Dropout"]
    stack.get_by_role("treeitem").nth(2).press("Enter")
    dialog = visitor.app.get_by_role("dialog")
    expect(dialog.get_by_text("normalized_shape").or_(dialog.get_by_text("eps")).first).to_be_visible()
    walk.check("a layer's settings")
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    visitor.drawn()
    assert stack.locator(".wire .shape").all_inner_texts()[1:] == ["32"] * 4
    walk.look("network")


def kinds(walk: Walk) -> list[str]:
    network = walk.project.network
    assert network is not None
    return [layer.kind for layer in network.trunk]


def trained(walk: Walk) -> None:
    """Train: started, reloaded while it trains, the curve without a gap; stopped, the best is kept."""
    visitor = walk.visitor.press("next.train").on("Train")
    visitor.fill("train.form.epochs", 20_000).fill("train.form.batch_size", 4)
    walk.check("before Start")
    visitor.keyed("train.start").get_by_role("button").click()
    visitor.says("epoch")
    visitor.curve_reaches(5)
    walk.check("a run that lives")
    run_id = visitor.named("run")
    visitor.page.reload()
    visitor.curve_reaches(8)
    assert visitor.named("run") == run_id
    epochs, losses = visitor.curve("train")
    told = {event["epoch"]: event["train_loss"] for event in walk.run.events() if event["event"] == "epoch"}
    assert epochs == list(range(1, len(epochs) + 1)), "the curve has a gap"
    np.testing.assert_allclose(losses, [told[epoch] for epoch in epochs], rtol=1e-6)
    visitor.keyed("train.stop").get_by_role("button").click()
    visitor.says("Stopped").drawn()
    assert walk.run.state().name == "stopped"
    assert (walk.run.path / "best.safetensors").exists()
    walk.look("train")


def judged(walk: Walk) -> None:
    """Evaluate: the verdict, the baselines, and the rows behind a cell of the confusion matrix."""
    visitor = walk.visitor.press("next.evaluate").on("Evaluate")
    visitor.says("On these 178 test rows")
    cell = visitor.keyed("chart.evaluate.confusion.figure").locator(".nsewdrag").first
    box = cell.bounding_box()
    assert box is not None
    at = {"x": box["width"] * 0.75, "y": box["height"] * 0.25}
    cell.hover(position=at)  # plotly looks at the pointer at most every 50 ms
    expect(visitor.keyed("chart.evaluate.confusion.figure").locator(".hoverlayer")).to_contain_text("was 0, says 1")
    cell.click(position=at)
    expect(visitor.keyed("evaluate.cell").locator("input")).to_have_value("was 0, says 1", timeout=WAIT_MS)
    visitor.drawn()
    walk.look("evaluate")


def predicted(walk: Walk, tmp_path: Path) -> str:
    """Predict: the answer follows the form; a CSV comes back with answers. Gives the form's first answer."""
    visitor = walk.visitor.press("next.predict").on("Predict")
    answer = shares(visitor)
    walk.look("predict")
    visitor.labelled("Sex", "female")
    comes_true(lambda: shares(visitor) != answer, "the answer does not follow the form")
    visitor.drop(TITANIC, "predict.file." + visitor.named("run"))
    visitor.says("891 rows answered")
    walk.check("answers for a file")
    with visitor.page.expect_download() as download:
        visitor.keyed("predict.download").get_by_role("button").click()
    answers = pd.read_csv(download.value.path())
    assert len(answers) == 891
    assert list(answers["Name"]) == list(pd.read_csv(TITANIC)["Name"])
    np.testing.assert_allclose(answers["probability_0"] + answers["probability_1"], 1, atol=1e-6)
    visitor.labelled("Sex", "male")
    comes_true(lambda: shares(visitor) == answer, "the same row has another answer")
    return answer


def shares(visitor: Visitor) -> str:
    """The answer with its probabilities, as shown."""
    return visitor.keyed("predict.answer").inner_text()


def taken_away(walk: Walk, tmp_path: Path) -> Path:
    """Runs: the run is listed and downloaded as one file."""
    visitor = walk.visitor.go("Runs").says("1 run, kept on this machine")
    walk.look("runs")
    visitor.settled()
    with visitor.page.expect_download() as download:
        visitor.keyed("runs.download").get_by_role("button").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert zipfile.is_zipfile(path)
    visitor.press("runs.delete")
    expect(visitor.app.get_by_role("dialog")).to_be_visible()
    walk.check("before deleting")
    return path


def opened_elsewhere(stranger: Visitor, run: Path) -> str:
    """A server that knows nothing of it opens the file; the verdict came along, and the form answers."""
    stranger.open().drop(run, "start.upload.0").on("Evaluate")
    stranger.says("On these 178 test rows")
    stranger.go("Predict")
    return shares(stranger)


def test_the_picture_of_readme(home: Path, serve: Serve, visit: Visit, request: pytest.FixtureRequest) -> None:
    """With --pictures a run on titanic as the Train page shows it is drawn for README."""
    if not request.config.getoption("--pictures"):
        pytest.skip("drawn anew with --pictures only")
    project = ready(home)
    visitor = visit(serve()).open(f"/train?project={project.id}").on("Train")
    visitor.keyed("train.start").get_by_role("button").click()
    visitor.says("Finished").settled()
    visitor.page.mouse.move(700, 120)
    visitor.page.screenshot(path=ROOT / "docs" / "train.png", clip={"x": 0, "y": 0, "width": 1440, "height": 680})
