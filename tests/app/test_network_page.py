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
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open

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
        assert tuple(menu.options) == layers.kinds
        menu.click("Dropout").run()
        assert sound(page)
        assert kinds(space, designed) == ["Linear", "Dropout", "SiLU"]

    def test_every_layer_can_be_added(self, open_page: Open, space: Space, designed: Project) -> None:
        """Each kind of the registry goes in and is drawn, whether it can run there or not."""
        page = open_page("network", project=designed.id)
        for kind in layers.kinds:
            page.menu_button(key="network.add").click(kind).run()
            assert sound(page), kind
        assert len(kinds(space, designed)) > 2

    def test_a_setting_is_changed_in_the_inspector(self, open_page: Open, space: Space, designed: Project) -> None:
        """The widget comes from the field; the project is saved with the change."""
        page = pick(open_page("network", project=designed.id), "trunk.0")
        page.number_input(key="network.layer.trunk.0.Linear.out_features").set_value(12).run()
        network = space.project(designed.id).network
        assert network is not None
        assert edit.layer_at(network, "trunk.0").plain()["out_features"] == 12

    def test_buttons_move_double_and_remove(self, open_page: Open, space: Space, designed: Project) -> None:
        """What the stack does by drag and keys is there as buttons too."""
        page = pick(open_page("network", project=designed.id), "trunk.1")
        press(page, "network.layer.up")
        assert kinds(space, designed) == ["SiLU", "Linear"]
        press(page, "network.layer.down")
        assert kinds(space, designed) == ["Linear", "SiLU"]
        press(page, "network.layer.duplicate")
        assert kinds(space, designed) == ["Linear", "SiLU", "SiLU"]
        press(page, "network.layer.remove")
        press(page, "network.layer.remove")
        assert kinds(space, designed) == ["Linear"]
        assert sound(page)

    def test_undo_and_redo(self, open_page: Open, space: Space, designed: Project) -> None:
        """The page's own buttons are the project's."""
        page = pick(open_page("network", project=designed.id), "trunk.1")
        press(page, "network.layer.remove")
        press(page, "network.undo")
        assert kinds(space, designed) == ["Linear", "SiLU"]
        press(page, "network.redo")
        assert kinds(space, designed) == ["Linear"]

    @pytest.mark.parametrize("kind", templates.kinds)
    def test_a_template_takes_the_place_of_the_network(self, kind: str, open_page: Open, designed: Project) -> None:
        """Each template of the registry is drawn without a failing layer."""
        page = open_page("network", project=designed.id)
        page.menu_button(key="network.template").click(kind).run()
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
        press(page, "network.repair.0")
        network = space.project(designed.id).network
        assert network is not None
        assert network.trunk != (LINEAR, CONV)

    @pytest.mark.parametrize("path", ["head", "input.table"])
    def test_the_ends_say_where_they_come_from(self, path: str, open_page: Open, designed: Project) -> None:
        """Input and head have no settings and no buttons, but a sentence."""
        page = pick(open_page("network", project=designed.id), path)
        assert any("follows from" in element.value for element in page.caption)
        assert not [button for button in page.button if button.key == "network.layer.remove"]

    def test_the_code_is_the_model(self, open_page: Open, designed: Project) -> None:
        """The code view holds the source, with the very calls."""
        page = open_page("network", project=designed.id)
        page.segmented_control(key="network.view").set_value("code").run()
        assert "nn.Linear(" in page.code[0].value
        assert "class Model" in page.code[0].value

    def test_the_drawing_is_shown(self, open_page: Open, designed: Project) -> None:
        """The drawing tab draws, without an error."""
        page = open_page("network", project=designed.id)
        page.segmented_control(key="network.view").set_value("drawing").run()
        assert sound(page)

    def test_a_change_that_another_tab_overtook_is_told(self, open_page: Open, space: Space, designed: Project) -> None:
        """Nothing is silently overwritten: the other tab's network stays."""
        page = pick(open_page("network", project=designed.id), "trunk.1")
        other = space.save(space.project(designed.id).having(network=Network(trunk=(SILU,))))
        press(page, "network.layer.remove")
        assert "another window" in page.error[0].value
        assert space.project(designed.id) == other


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
