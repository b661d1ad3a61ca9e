"""The Network page: designed with ordinary widgets, and with the events that the stack sends."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from nnlab.network import edit
from nnlab.network.layers import layers
from nnlab.network.network import Network
from nnlab.network.templates import templates
from nnlab.runs.blocks import blocks, keep_block
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.batteries import battery

LINEAR = layers.parse({"kind": "Linear", "out_features": 8})
SILU = layers.parse({"kind": "SiLU"})
CONV = layers.parse({"kind": "Conv1d"})


@pytest.fixture
def designed(space: Space, project: Project) -> Project:
    """The project with a network of its own: Linear 8, SiLU."""
    return space.save(project.having(network=Network(trunk=(LINEAR, SILU))))


def kinds(space: Space, project: Project) -> list[str]:
    """The kinds of the saved network's outer layers."""
    network = space.project(project.id).network
    assert network is not None
    return [layer.kind for layer in network.trunk]


FOR_TABLES = tuple(kind for kind in templates.kinds if templates[kind].needs is None)


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return page.run()


def pick(page: AppTest, path: str) -> AppTest:
    page.selectbox(key="network.layer.picked").set_value(path)
    return page.run()


def sound(page: AppTest) -> bool:
    return not page.exception and not page.error


class TestWidgets:
    def test_without_a_project_it_says_what_it_needs(self, open_page: Open) -> None:
        """One sentence, and the button that goes there."""
        page = open_page("network")
        assert "No table is open" in page.markdown[0].value
        assert page.button(key="empty.start").label == "Start"

    def test_without_a_target_it_sends_to_data(self, open_page: Open, space: Space) -> None:
        """A network cannot be sized before it is known what is to be predicted."""
        project = space.create_project(space.put_table(b"a,b\n1,2\n3,4\n5,7\n", "t.csv"))
        page = open_page("network", project=project.id)
        assert page.button(key="empty.data").label == "Data"

    def test_a_sensible_network_is_there_from_the_start(self, open_page: Open, project: Project) -> None:
        """Nothing chosen: the default network, sized to the data, with its parameters said."""
        page = open_page("network", project=project.id)
        assert sound(page)
        assert page.title[0].value == "Network"
        assert any("parameters" in element.value for element in page.markdown)

    def test_a_layer_is_added_after_the_selected_one(self, open_page: Open, space: Space, designed: Project) -> None:
        """The menu is asked of the registry."""
        page = pick(open_page("network", project=designed.id), "trunk.0")
        menu = page.menu_button(key="network.add")
        assert [option.split()[0] for option in menu.options] == list(layers.kinds)
        assert all(":gray[" in option for option in menu.options), "what it does stands beside each name"
        menu.click("Dropout").run()
        assert sound(page)
        assert kinds(space, designed) == ["Linear", "Dropout", "SiLU"]

    def test_every_layer_can_be_added(self, open_page: Open, space: Space, designed: Project) -> None:
        """A kind of each family, or each kind of all, goes in and is drawn, whether it can run there or not."""
        page = open_page("network", project=designed.id)
        of_family = {cls.family: kind for kind, cls in zip(layers.kinds, layers, strict=True)}
        for kind in layers.kinds[: battery(0, len(layers))] or of_family.values():
            page.menu_button(key="network.add").click(kind).run()
            assert sound(page), kind
        assert len(kinds(space, designed)) > 2

    def test_a_layer_goes_into_the_selected_branch(self, open_page: Open, space: Space, designed: Project) -> None:
        """A branch of a container can be selected; what is added stands first in it."""
        space.save(space.project(designed.id).having(network=Network(trunk=(layers.parse({"kind": "Parallel"}),))))
        page = pick(open_page("network", project=designed.id), "trunk.0.branch_1")
        page.menu_button(key="network.add").click("Dropout").run()
        assert sound(page)
        network = space.project(designed.id).network
        assert network is not None
        assert edit.layer_at(network, "trunk.0.branch_1.0").kind == "Dropout"

    def test_a_setting_is_changed_in_the_inspector(self, open_page: Open, space: Space, designed: Project) -> None:
        """The widget comes from the field; the project is saved with the change."""
        page = pick(open_page("network", project=designed.id), "trunk.0")
        page.number_input(key="network.layer.trunk.0.Linear.out_features").set_value(12).run()
        network = space.project(designed.id).network
        assert network is not None
        assert edit.layer_at(network, "trunk.0").plain()["out_features"] == 12

    def test_two_settings_set_at_once_are_both_kept(self, open_page: Open, space: Space, designed: Project) -> None:
        """The second is set before the page shows the first."""
        page = pick(open_page("network", project=designed.id), "trunk.0")
        page.number_input(key="network.layer.trunk.0.Linear.out_features").set_value(12)
        page.selectbox(key="network.layer.trunk.0.Linear.init").set_value("orthogonal").run()
        assert sound(page)
        network = space.project(designed.id).network
        assert network is not None
        assert edit.layer_at(network, "trunk.0") == layers.parse(
            {"kind": "Linear", "out_features": 12, "init": "orthogonal"}
        )

    def test_buttons_move_double_and_remove(self, open_page: Open, space: Space, designed: Project) -> None:
        """What the stack does by drag and keys is there as buttons too."""
        page = pick(open_page("network", project=designed.id), "trunk.1")
        press(page, "network.layer.up.trunk.1")
        assert kinds(space, designed) == ["SiLU", "Linear"]
        press(page, "network.layer.down.trunk.0")
        assert kinds(space, designed) == ["Linear", "SiLU"]
        press(page, "network.layer.duplicate.trunk.1")
        assert kinds(space, designed) == ["Linear", "SiLU", "SiLU"]
        press(page, "network.layer.remove.trunk.2")
        press(page, "network.layer.remove.trunk.1")
        assert kinds(space, designed) == ["Linear"]
        assert sound(page)

    def test_a_suggested_network_is_taken_with_a_click(self, open_page: Open, space: Space, designed: Project) -> None:
        """Two cards with why and how long; undo brings the former network back."""
        page = open_page("network", project=designed.id)
        page.button(key="network.suggest").click().run()
        assert sound(page)
        assert "on one core" in " ".join(each.value for each in page.caption)
        page.button(key="network.suggest.strong").click().run()
        assert sound(page)
        assert kinds(space, designed) != ["Linear", "SiLU"]
        press(page, "network.undo")
        assert kinds(space, designed) == ["Linear", "SiLU"]

    def test_undo_and_redo(self, open_page: Open, space: Space, designed: Project) -> None:
        """The page's own buttons are the project's."""
        page = pick(open_page("network", project=designed.id), "trunk.1")
        press(page, "network.layer.remove.trunk.1")
        press(page, "network.undo")
        assert kinds(space, designed) == ["Linear", "SiLU"]
        press(page, "network.redo")
        assert kinds(space, designed) == ["Linear"]

    @pytest.mark.parametrize("kind", FOR_TABLES)
    def test_a_template_takes_the_place_of_the_network(self, kind: str, open_page: Open, designed: Project) -> None:
        """Each template of the registry is drawn without a failing layer."""
        page = open_page("network", project=designed.id)
        menu = page.menu_button(key="network.template")
        assert menu.options == [templates[each].title for each in FOR_TABLES]
        menu.click(kind).run()
        assert sound(page)
        assert not any("cannot run" in element.value for element in page.markdown)

    def test_a_layer_that_cannot_run_keeps_train_waiting(
        self, open_page: Open, space: Space, designed: Project
    ) -> None:
        """The reason stands in the line of facts, the repair is a button; taken, the layer runs."""
        space.save(space.project(designed.id).having(network=Network(trunk=(LINEAR, CONV))))
        page = pick(open_page("network", project=designed.id), "trunk.1")
        assert "cannot run" in page.markdown[0].value
        assert page.button(key="next.train").disabled
        press(page, "network.repair.trunk.1.0")
        network = space.project(designed.id).network
        assert network is not None
        assert network.trunk != (LINEAR, CONV)

    @pytest.mark.parametrize("path", ["head", "input.table"])
    def test_the_ends_say_where_they_come_from(self, path: str, open_page: Open, designed: Project) -> None:
        """Input and head have no settings and no buttons, but a sentence."""
        page = pick(open_page("network", project=designed.id), path)
        assert any("follows from" in element.value for element in page.caption)
        assert not [button for button in page.button if str(button.key).startswith("network.layer.remove")]

    def test_the_task_is_overruled_at_the_head(self, open_page: Open, space: Space, designed: Project) -> None:
        """Only tasks that the target bears are offered; another one changes the head, and undo brings it back."""
        page = pick(open_page("network", project=designed.id), "head")
        assert not [each for each in page.selectbox if each.key == "network.layer.task"]  # yes or no, nothing else
        rows = "".join(f"{n},{n % 3}\n" for n in range(60))
        made = space.create_project(space.put_table(f"a,level\n{rows}".encode(), "levels.csv"))
        made = space.save(made.with_target("level"))
        page = pick(open_page("network", project=made.id), "head")
        offered = page.selectbox(key="network.layer.task")
        assert [title.rpartition("(")[2] for title in offered.options[1:]] == ["multiclass)", "regression)"]
        offered.set_value("regression").run()
        assert sound(page)
        assert space.project(made.id).columns.task == "regression"
        assert any(each.value.startswith("A number: Linear gives one") for each in page.markdown)
        press(page, "network.undo")
        assert sound(page)
        assert space.project(made.id).columns.task is None

    def test_the_code_is_the_model(self, open_page: Open, designed: Project) -> None:
        """The code view holds the source, with the very calls."""
        page = open_page("network", project=designed.id)
        page.segmented_control(key="network.view").set_value("code").run()
        assert "nn.Linear(" in page.code[0].value
        assert "class Model" in page.code[0].value

    def test_first_weights_are_drawn_when_asked_for(self, open_page: Open, space: Space, designed: Project) -> None:
        """A picture, or its table; drawn anew with the seed of the weights alone, which the code says too."""
        page = pick(open_page("network", project=designed.id), "trunk.0")
        assert not page.get("plotly_chart")
        page.toggle(key="network.layer.weights").set_value(True).run()
        assert sound(page)
        assert page.get("plotly_chart")
        assert any("Drawn with seed 0" in element.value for element in page.caption)
        space.save(space.project(designed.id).setting("training.init_seed", 7))
        assert any("Drawn with seed 7" in element.value for element in page.run().caption)
        page.segmented_control(key="network.view").set_value("code").run()
        assert "torch.manual_seed(7)" in page.code[0].value

    def test_the_drawing_is_shown(self, open_page: Open, designed: Project) -> None:
        """The drawing tab draws, without an error."""
        page = open_page("network", project=designed.id)
        page.segmented_control(key="network.view").set_value("drawing").run()
        assert sound(page)

    def test_a_change_that_another_tab_overtook_is_told(self, open_page: Open, space: Space, designed: Project) -> None:
        """Nothing is silently overwritten: the other tab's network stays."""
        page = pick(open_page("network", project=designed.id), "trunk.1")
        other = space.save(space.project(designed.id).having(network=Network(trunk=(SILU,))))
        press(page, "network.layer.remove.trunk.1")
        assert "another window" in page.error[0].value
        assert space.project(designed.id) == other


class TestBlocks:
    """Layers kept under a name and put in again, by ordinary widgets and by the stack's own menu."""

    def test_a_run_of_layers_is_kept_and_put_in_again(self, open_page: Open, space: Space, designed: Project) -> None:
        """It stands under Add layer; undo takes it out of the network, and it stays kept."""
        page = pick(open_page("network", project=designed.id), "trunk.0")
        named = "network.layer.block.trunk.0"
        page.text_input(key=f"{named}.name").set_value("My *own*")
        page.selectbox(key=f"{named}.to").set_value(2)
        next(each for each in page.button if each.label == "Keep").click().run()
        assert sound(page)
        (kept,) = blocks(space)
        assert kept.block is not None
        assert [layer.kind for layer in kept.block.layers] == ["Linear", "SiLU"]
        menu = page.menu_button(key="network.add")
        assert menu.options[-1] == r"My \*own\*"
        menu.click(f"block:{kept.id}").run()
        assert sound(page)
        assert kinds(space, designed) == ["Linear", "Linear", "SiLU", "SiLU"]
        press(page, "network.undo")
        assert kinds(space, designed) == ["Linear", "SiLU"]
        assert len(blocks(space)) == 1

    def test_a_taken_name_is_told_and_nothing_is_lost(self, open_page: Open, space: Space, designed: Project) -> None:
        """The block of that name stays as it is."""
        first = keep_block(space, "Deep", (SILU,))
        page = pick(open_page("network", project=designed.id), "trunk.0")
        page.text_input(key="network.layer.block.trunk.0.name").set_value("deep")
        next(each for each in page.button if each.label == "Keep").click().run()
        assert "block of this name" in page.error[0].value
        assert blocks(space) == (first,)

    def test_one_that_does_not_fit_is_refused_with_the_shapes(
        self, open_page: Open, space: Space, designed: Project
    ) -> None:
        """The network stays as it is."""
        kept = keep_block(space, "Waves", (CONV,))
        page = open_page("network", project=designed.id)
        page.menu_button(key="network.add").click(f"block:{kept.id}").run()
        assert "does not fit here" in page.error[0].value
        assert kinds(space, designed) == ["Linear", "SiLU"]

    def test_the_dialog_inserts_renames_and_deletes(self, open_page: Open, space: Space, designed: Project) -> None:
        """A damaged one can only be deleted; without any the dialog says how to keep one."""
        page = press(open_page("network", project=designed.id), "network.blocks")
        assert any("No block is kept yet" in element.value for element in page.markdown)
        kept = keep_block(space, "Deep", (SILU, LINEAR))
        press(page, "network.blocks")
        page.text_input(key=f"network.blocks.name.{kept.id}").set_value("Deeper")
        next(each for each in page.button if each.label == "Rename").click().run()
        assert [entry.name for entry in blocks(space)] == ["Deeper"]
        press(press(page, "network.blocks"), "network.blocks.insert")
        assert sound(page)
        assert len(kinds(space, designed)) == 4
        (space.path / "blocks" / f"{kept.id}.json").write_text("{")
        press(page, "network.blocks")
        assert any("damaged" in element.value for element in page.markdown)
        press(page, "network.blocks.delete")
        assert blocks(space) == ()


class TestEvents:
    """What the stack sends, dealt with as the page does; the browser's side is tested in a browser."""

    @pytest.mark.parametrize(
        ("event", "after"),
        [
            ({"event": "remove", "path": "trunk.0"}, ["SiLU"]),
            ({"event": "duplicate", "path": "trunk.1"}, ["Linear", "SiLU", "SiLU"]),
            ({"event": "up", "path": "trunk.1"}, ["SiLU", "Linear"]),
            ({"event": "down", "path": "trunk.0"}, ["SiLU", "Linear"]),
            ({"event": "up", "path": "trunk.0"}, ["Linear", "SiLU"]),
            ({"event": "move", "path": "trunk.0", "to": "trunk.2"}, ["SiLU", "Linear"]),
            ({"event": "insert", "path": "trunk.2", "kind": "ReLU"}, ["Linear", "SiLU", "ReLU"]),
            ({"event": "select", "path": "trunk.1"}, ["Linear", "SiLU"]),
        ],
    )
    def test_an_event_edits_the_project(
        self, event: dict[str, Any], after: list[str], space: Space, designed: Project
    ) -> None:
        """Each wish does what its name says, and its number comes back."""
        page = _sent(event, designed)
        assert kinds(space, designed) == after
        assert page.session_state["network.seen"] == 7
        assert "told" not in page.session_state

    @pytest.mark.parametrize(
        "event",
        [
            {"event": "remove", "path": "trunk.9"},
            {"event": "remove", "path": "../../etc"},
            {"event": "move", "path": "trunk.0", "to": "nowhere"},
            {"event": "insert", "path": "trunk.0", "kind": "os.system"},
            {"event": "repair", "path": "trunk.0", "place": 99},
            {"event": "no such wish", "path": "trunk.0"},
        ],
    )
    def test_a_crafted_event_changes_nothing(self, event: dict[str, Any], space: Space, designed: Project) -> None:
        """What cannot be done is told or passed over; the project stays as it was."""
        page = _sent(event, designed)
        assert not page.exception
        assert space.project(designed.id) == designed


@pytest.mark.quiet
def test_a_rerun_with_twelve_layers_is_quick(
    open_page: Open, space: Space, project: Project, measured: Callable[[str], None]
) -> None:
    """The median of twenty reruns with 12 layers is printed; the bound is wide, for machines that are busy."""
    twelve = space.save(project.having(network=Network(trunk=(LINEAR, SILU) * 6)))
    page = open_page("network", project=twelve.id)
    took_ms = []
    for _ in range(20):
        begun = time.perf_counter()
        page.run()
        took_ms.append(1e3 * (time.perf_counter() - begun))
        assert not page.exception
    measured(f"a rerun of Network with 12 layers: median {statistics.median(took_ms):.0f} ms of {len(took_ms)}")
    assert statistics.median(took_ms) < 600


def _sent(event: dict[str, Any], project: Project) -> AppTest:
    page = AppTest.from_function(_take, default_timeout=60)
    page.session_state["project_id"] = project.id
    page.session_state["network.stack"] = {"edit": {**event, "n": 7}}
    return page.run()


def _take() -> None:
    from pages.ui import design

    design.take_event()


def test_a_text_column_brings_the_templates_for_text(open_page: Open, space: Space) -> None:
    """Chosen, such a template has the column prepared as token ids, in one change that one undo takes back."""
    lines = "".join(f"{word} {n % 7} of a {word} day,{word}\n" for n in range(40) for word in ("sunny", "rainy"))
    project = space.create_project(space.put_table(b"text,kind\n" + lines.encode(), "days.csv"))
    columns = project.with_column("text", kind="text").with_target("kind")
    project = space.save(columns)
    page = open_page("network", project=project.id)
    menu = page.menu_button(key="network.template")
    assert {"TextCNN", "MLP"} <= set(menu.options)
    assert "LeNet-style" not in menu.options
    menu.click("text_cnn").run()
    assert sound(page)
    designed = space.project(project.id)
    assert designed.recipe.text == "text"
    assert designed.network is not None
    assert [branch.input for branch in designed.network.branches] == ["text"]
    press(page, "network.undo")
    assert space.project(project.id).recipe.text == "table"
