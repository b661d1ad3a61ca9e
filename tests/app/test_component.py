"""The stack's rows and places, the forms made of specs, and names from strangers: what pages are built of."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field
from streamlit.testing.v1 import AppTest

from nnlab.network import edit
from nnlab.network.head import Head
from nnlab.network.layers import Layer, layers
from nnlab.network.network import Network
from nnlab.network.plan import Plan, plan
from nnlab.spec import Spec
from pages.ui import forms, parts, stack

HEAD = Head(task="binary", n_outputs=1)
SHAPES = {"table": (13,)}
LINEAR = layers.parse({"kind": "Linear", "out_features": 64})
SILU = layers.parse({"kind": "SiLU"})
CONV = layers.parse({"kind": "Conv1d"})
RESIDUAL = layers.parse({"kind": "Residual", "body": [{"kind": "Linear"}, {"kind": "SiLU"}]})
EMPTY = layers.parse({"kind": "Residual"})
NESTED = layers.parse(
    {"kind": "Residual", "body": [{"kind": "SiLU"}, {"kind": "Residual", "body": [{"kind": "SiLU"}]}]}
)
NO_WAYS = layers.parse({"kind": "Parallel"})
WAYS = layers.parse(
    {"kind": "Parallel", "branches": [[{"kind": "SiLU"}, {"kind": "Residual"}], [], [{"kind": "SiLU"}]]}
)
DEEP = layers.parse({"kind": "Repeat", "body": [{"kind": "Parallel", "branches": [[WAYS.plain()], [NESTED.plain()]]}]})


def planned(*trunk: object) -> Plan:
    return plan(Network(trunk=trunk), SHAPES, HEAD)  # type: ignore[arg-type]


class Settings(Spec):
    """One field of each sort that a form can show, and one that it cannot."""

    kind: Literal["settings"] = "settings"
    units: int = Field(64, ge=1, le=100, description="How many.")
    rate: float = Field(0.001, gt=0, le=1, description="How fast.")
    epochs: int | None = Field(None, ge=1, description="How long.")
    is_big: bool = Field(True, description="Whether.")
    mode: Literal["a", "b"] = Field("a", description="Which.")
    inner: tuple[int, ...] = ()
    hidden: int = Field(3, json_schema_extra={"visible": False})


class TestRows:
    def test_every_row_of_the_plan_is_drawn_with_its_cost(self) -> None:
        """Names, shapes on the wire and parameters stand in the rows; the largest share is the whole bar."""
        drawn = stack.rows(planned(LINEAR, SILU))
        assert [row["name"] for row in drawn] == ["Table", "Linear", "SiLU", "Head"]
        assert [row["shape"] for row in drawn] == ["", "13", "64", "64"]
        assert [row["number"] for row in drawn] == ["", "896", "", "65"]
        assert max(row["share"] for row in drawn) == 1

    def test_ends_cannot_be_moved(self) -> None:
        """Input and head are fixed, layers are not."""
        assert [row["fixed"] for row in stack.rows(planned(LINEAR))] == [True, False, True]

    def test_a_layer_that_cannot_run_says_so_with_its_repairs(self) -> None:
        """The failing row carries the sentence and the labels; the shape after it is unknown."""
        drawn = stack.rows(planned(LINEAR, CONV))
        assert "Conv1d needs" in drawn[2]["error"]
        assert drawn[2]["repairs"][-1] == "Remove"
        assert drawn[3]["shape"] == "?"

    @pytest.mark.parametrize(
        "trunk",
        [
            (),
            (LINEAR,),
            (RESIDUAL,),
            (EMPTY,),
            (LINEAR, NESTED, SILU),
            (NESTED, EMPTY, RESIDUAL),
            (WAYS,),
            (WAYS, LINEAR),
            (NO_WAYS, NO_WAYS),
            (DEEP, SILU),
        ],
    )
    def test_every_place_takes_a_layer_just_before_its_row(self, trunk: tuple[object, ...]) -> None:
        """What is inserted at a place that a wire offers stands in the drawn order right before that wire's row."""
        network = Network(trunk=trunk)  # type: ignore[arg-type]
        drawn = plan(network, SHAPES, HEAD)
        for at, gaps in enumerate(stack.places(drawn)):
            for gap in gaps:
                changed = plan(edit.insert(network, gap["path"], CONV), SHAPES, HEAD)
                assert changed.rows[at].kind == "Conv1d"
                assert (changed.rows[at].path, changed.rows[at].depth) == (gap["path"], gap["depth"])

    def test_every_slot_of_the_network_is_offered(self) -> None:
        """Places and slots are the same: each stack's every position, ends and empty containers included."""
        trunk = (LINEAR, NESTED, EMPTY, WAYS, NO_WAYS, DEEP)
        offered = [gap["path"] for gaps in stack.places(planned(*trunk)) for gap in gaps]
        assert sorted(offered) == sorted(slots(trunk, "trunk"))


def slots(trunk: tuple[Layer, ...], prefix: str) -> list[str]:
    """Every position of a stack and of those inside its layers, one past the end included."""
    inside = [
        slot
        for at, layer in enumerate(trunk)
        for name, inner in layer.stacks.items()
        for slot in slots(inner, f"{prefix}.{at}.{name}")
    ]
    return [*(f"{prefix}.{at}" for at in range(len(trunk) + 1)), *inside]


class TestForms:
    def test_a_widget_takes_what_it_says_from_the_field(self) -> None:
        """Help and choices stand in the spec alone."""
        found = {widget.name: widget for widget in forms.widgets(Settings)}
        assert list(found) == ["units", "rate", "epochs", "is_big", "mode"]
        assert found["units"].help == "How many."
        assert found["epochs"].may_be_none
        assert found["mode"].choices == ("a", "b")

    @pytest.mark.parametrize("kind", layers.kinds)
    def test_every_layer_has_a_form(self, kind: str) -> None:
        """Each visible field of each layer but its kind has a widget, or is a tuple that none fits."""
        cls = layers[kind]
        drawn = {widget.name for widget in forms.widgets(cls)}
        for name, field in cls.model_fields.items():
            shown = name != "kind" and forms._is_visible(field) and "tuple" not in str(field.annotation)
            assert shown == (name in drawn), name

    def test_a_widget_set_by_hand_hands_on_the_changed_spec(self) -> None:
        """One edit changes one field; a value that the spec refuses changes nothing and is told."""
        page = AppTest.from_function(_form, default_timeout=60).run()
        page.number_input(key="f.units").set_value(7).run()
        assert page.session_state["spec"]["units"] == 7
        page.number_input(key="f.rate").set_value(0.0).run()
        assert page.session_state["spec"]["rate"] == 0.001
        assert page.number_input(key="f.rate").value == 0.001
        assert "greater than 0" in page.caption[0].value
        page.number_input(key="f.units").set_value(0).run()
        assert page.number_input(key="f.units").value == 7
        assert "must be at least 1" in page.caption[0].value
        page.number_input(key="f.epochs").set_value(5).run()
        page.number_input(key="f.epochs").set_value(0).run()
        assert page.session_state["spec"]["epochs"] == 5
        page.number_input(key="f.epochs").set_value(None).run()
        assert page.session_state["spec"]["epochs"] is None
        page.selectbox(key="f.mode").set_value("b").run()
        page.toggle(key="f.is_big").set_value(False).run()
        assert page.session_state["spec"]["mode"] == "b"
        assert not page.session_state["spec"]["is_big"]

    def test_a_widget_follows_the_spec(self) -> None:
        """What changes the spec from outside (undo, another tab) shows in the widget, which is another one then."""
        page = AppTest.from_function(_form, default_timeout=60).run()
        page.session_state["spec"] = Settings(units=9).plain()
        page.run()
        assert page.number_input(key="f.units.turn1").value == 9


class TestPlain:
    @pytest.mark.parametrize(
        "name", ["**bold**", "[x](javascript:alert(1))", "$x$", ":red[x]", "`code`", "# head", "<b>"]
    )
    def test_markup_is_escaped(self, name: str) -> None:
        """Every character that could begin markup has a backslash before it."""
        shown = parts.plain(name)
        unescaped = shown.replace("\\\\", "")
        for sign in "*[]($:`#<":
            assert unescaped.count(sign) == unescaped.count(f"\\{sign}")

    def test_codes_are_broken(self) -> None:
        """A colon is followed by a joiner of no width, so that no code such as `:material/home:` is left."""
        assert ":m" not in parts.plain(":material/home:")

    def test_a_column_is_called_as_it_is_written(self) -> None:
        """A label is also what a screen reader says: an underscore inside a word needs no backslash, others do."""
        assert parts.plain("median_house_value") == "median_house_value"
        assert parts.plain("_a_ b_") == r"\_a\_ b\_"
        assert parts.plain("a__b") == r"a\_\_b"

    def test_a_name_is_one_short_line_without_changes_of_direction(self) -> None:
        """Five thousand characters, line ends and a right-to-left override become one line of eighty."""
        assert len(parts.plain("a" * 5_000)) == parts.LONGEST_NAME
        assert parts.plain("a\nb\x00c") == "a b c"
        assert parts.plain("ab\u202edc") == "abdc"


def _form() -> None:
    import streamlit as st

    from pages.ui import forms
    from tests.app.test_component import Settings

    spec = Settings.parse(st.session_state.get("spec", {}))

    def changed(new: Settings) -> None:
        st.session_state["spec"] = new.plain()

    forms.edit(spec, key="f", changed=changed)
    if "spec" not in st.session_state:
        st.session_state["spec"] = spec.plain()
