"""The frame around every page, whose workspace it is, and what is said when something goes wrong."""

from __future__ import annotations

import asyncio
import logging
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import app as server
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space, hashed_space
from pages.ui import state
from tests.app.conftest import FRAME, ROOT, Open
from tests.app.trained import made, primary, told, waiting

TOKEN = "0123456789abcdef0123456789abcdef"


class TestNavigation:
    def test_the_first_page_is_start(self, open_page: Open) -> None:
        """A visitor who brings nothing meets Start, without an error."""
        page = open_page()
        assert not page.exception
        assert not page.error

    def test_only_pages_that_exist_are_listed(self) -> None:
        """No entry leads to a page whose file is not there; Start has no section and is first."""
        names = _listed()
        assert names[0] == "start"
        assert all((ROOT / "pages" / f"{name}.py").is_file() for name in names)

    def test_the_open_project_stands_in_the_sidebar(self, open_page: Open, project: Project) -> None:
        """Its name, and what it is about in one line."""
        page = open_page(project=project.id)
        said = _said(page)
        assert "shop" in said
        assert "120" in said
        assert "yes or no" in said


class TestPresses:
    def test_a_press_waits_for_a_drawing_that_comes_to_the_button(self, open_page: Open, project: Project) -> None:
        """The drawing that was told of the click ended before; the next one leads on."""
        page = open_page("data", project=project.id)
        page.session_state["pressed"] = "next.prepare"
        page.run()
        assert page.title[0].value == "Prepare"
        assert page.session_state["pressed"] is None

    def test_a_press_on_what_is_gone_is_forgotten(self, open_page: Open, project: Project) -> None:
        """It must not lead away from a page that is opened later."""
        page = open_page("runs", project=project.id)
        page.session_state["pressed"] = "next.prepare"
        page.run()
        assert page.title[0].value == "Runs"
        assert page.session_state["pressed"] is None


class TestProject:
    def test_the_address_opens_the_project(self, open_page: Open, project: Project) -> None:
        """A link with a project's id opens it on a fresh session, and the address keeps it."""
        page = open_page(project=project.id)
        assert page.session_state["project_id"] == project.id
        assert page.query_params["project"] == project.id

    def test_a_link_to_another_workspace_opens_nothing_and_says_so(self, open_page: Open, home: Path) -> None:
        """An id of another space is answered as one that does not exist: with the sentence and a way out."""
        other = Space(home, hashed_space("cookie", TOKEN))
        stranger = other.create_project(other.put_table(b"a,b\n1,2\n3,4\n", "theirs.csv"))
        page = open_page(project=stranger.id)
        assert "another workspace" in page.error[0].value
        assert "theirs" not in " ".join(element.value for element in (*page.markdown, *page.caption))
        assert page.session_state["project_id"] is None

    def test_a_page_that_ends_early_says_so_too(self, open_page: Open) -> None:
        """A page without a project draws no more than what it needs; what has to be told still stands above it."""
        page = open_page("network")
        page.session_state["project_id"] = "nobody1234"
        page.run()
        assert "another workspace" in page.error[0].value
        assert page.button(key="empty.start").label == "Start"
        assert primary(page) == ["Start"]

    def test_a_run_that_lives_out_of_view_is_told_and_opened(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """As in a second tab, where an older run is in view: the sidebar says so, its button leads there."""
        old, new = told(made(space, project), "stopped"), waiting(space, project)
        page = open_page("train", project=project.id, run=old.id)
        assert page.button(key="other_run").label == "Another run is training"
        page.button(key="other_run").click().run()
        assert page.session_state["run_id"] == new.id
        assert "other_run" not in {button.key for button in page.button}

    @pytest.mark.parametrize("page_name", ["data", "train"])
    def test_the_project_s_own_living_run_comes_into_view(
        self, open_page: Open, project: Project, space: Space, page_name: str
    ) -> None:
        """Whoever comes back without the run's link sees its progress, and no word of another run."""
        run = waiting(space, project)
        page = open_page(page_name, project=project.id)
        assert page.session_state["run_id"] == run.id
        assert "other_run" not in {button.key for button in page.button}

    def test_a_living_run_without_a_project_is_told_and_shown(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """As one from the command line: it is shown alone, and nothing is said of another workspace."""
        run = waiting(space, project.model_copy(update={"id": ""}))
        page = open_page("train", project=project.id)
        assert page.button(key="other_run").label == "A run is training"
        page.button(key="other_run").click().run()
        assert not page.exception
        assert not page.error
        assert page.session_state["run_id"] == run.id
        assert page.session_state["project_id"] is None

    def test_undo_and_redo_cover_the_project(self, open_page: Open, project: Project, space: Space) -> None:
        """The sidebar's buttons take the last change back and do it again."""
        space.save(project.with_target("colour"))
        page = open_page(project=project.id)
        page.button(key="undo").click().run()
        assert [column.name for column in space.project(project.id).columns.targets] == ["sold"]
        page.button(key="redo").click().run()
        assert [column.name for column in space.project(project.id).columns.targets] == ["colour"]

    def test_undo_and_redo_say_what_they_take_back(self, open_page: Open, project: Project, space: Space) -> None:
        """The page, the field, and both values, on the button itself."""
        space.save(project.setting("training.epochs", 12))
        page = open_page(project=project.id)
        assert page.button(key="undo").help == "Undo: Train, epochs automatic to 12"
        page.button(key="undo").click().run()
        assert page.button(key="redo").help == "Redo: Train, epochs automatic to 12"
        assert page.button(key="undo").help == "Undo: Data, sold role feature to target"

    def test_a_save_that_another_tab_overtook_is_told(self, open_page: Open, project: Project, space: Space) -> None:
        """What was not seen is not overwritten: the page says so and shows the newer state."""
        page = open_page(project=project.id)
        newer = space.save(space.project(project.id).having(name="from the other tab"))
        page.button(key="undo").click().run()
        assert "another window" in page.error[0].value
        assert space.project(project.id) == newer
        page.button(key="undo").click().run()
        assert space.project(project.id).name == project.name


class TestErrors:
    def test_an_error_of_ours_is_a_sentence_with_its_repair(self) -> None:
        """Where, rule, what came and what to do, markup of strangers shown as text; the repair is a button."""
        page = AppTest.from_function(_failing).run()
        assert "Line 3" in page.error[0].value
        assert r"\*\*x\*\*" in page.error[0].value
        assert page.button[0].label == "Go to Start"

    @pytest.mark.parametrize(
        ("where", "begins"),
        [
            ("line 3", "Line 3:"),
            ("messy.csv", r"messy\.csv:"),
            ("my data", "my data:"),
            ("training.epochs", r"training\.epochs:"),
            ("", "This can"),
        ],
    )
    def test_a_sentence_begins_with_a_capital_and_a_file_with_its_name(self, where: str, begins: str) -> None:
        """What a person called their file stands as they wrote it."""
        page = AppTest.from_function(_failing_at, kwargs={"where": where}).run()
        assert page.error[0].value.replace("\u2060", "").replace("\\:", ":").startswith(begins)

    @pytest.mark.parametrize("page_name", ["nowhere", "../app", "**data**", "ui/parts", ""])
    def test_a_repair_leads_to_pages_alone(self, page_name: str) -> None:
        """A downloaded run may say anything: no button, no markup, no file but a page."""
        page = AppTest.from_function(_failing_at, kwargs={"where": "line 3", "go": page_name}).run()
        assert page.error
        assert not page.button

    def test_our_fault_is_named_and_logged_without_a_traceback(self, caplog: pytest.LogCaptureFixture) -> None:
        """The person reads that it is not theirs and what to do; the log has the whole error."""
        with caplog.at_level(logging.ERROR, logger="nnlab.pages"):
            page = AppTest.from_function(_breaking).run()
        assert "not yours" in page.error[0].value
        assert "ZeroDivisionError" not in page.error[0].value
        assert caplog.records[0].exc_info is not None


class TestWorkspace:
    def test_single_mode_is_one_space(self) -> None:
        """One person on one machine."""
        assert _space_of() == "local"

    def test_a_cookie_names_a_space_that_its_token_cannot_be_read_from(
        self, monkeypatch: pytest.MonkeyPatch, cookies: dict[str, str]
    ) -> None:
        """The folder is the token's SHA-256."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        cookies[state.COOKIE] = TOKEN
        assert _space_of() == hashed_space("cookie", TOKEN)
        assert TOKEN not in _space_of()

    @pytest.mark.parametrize("token", ["", "../../x", "A" * 32, TOKEN + "0", TOKEN[:31] + "\n"])
    def test_a_crafted_cookie_names_nothing(
        self, token: str, monkeypatch: pytest.MonkeyPatch, cookies: dict[str, str], home: Path
    ) -> None:
        """Anything but 32 lower hexadecimal digits leaves the session alone with itself; looking makes no folder."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        cookies[state.COOKIE] = token
        assert _space_of().startswith("session-")
        assert not home.exists()

    def test_a_session_alone_says_that_it_ends_with_the_tab(
        self, monkeypatch: pytest.MonkeyPatch, cookies: dict[str, str]
    ) -> None:
        """Without a cookie the sidebar says how long the work is kept; with one there is nothing to say."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        page = AppTest.from_file(str(FRAME), default_timeout=60).run()
        assert "until this tab closes" in _said(page)
        cookies[state.COOKIE] = TOKEN
        assert "until this tab closes" not in _said(page.run())


class TestCookie:
    def test_a_document_gets_a_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """128 bits, hidden from scripts, for this site alone; another each time."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        first, second = _asked(), _asked()
        name, value = first.split(";")[0].split("=")
        assert (name, state.is_token(value)) == (state.COOKIE, True)
        assert "HttpOnly" in first
        assert "SameSite=Lax" in first
        assert "Secure" not in first
        assert first != second

    def test_behind_https_it_is_secure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """By the connection itself, or by what the proxy says of it."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        assert "Secure" in _asked(scheme="https")
        assert "Secure" in _asked({"x-forwarded-proto": "https, http"})

    def test_a_cached_answer_brings_it_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A 304 has no content type: the request decides."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        assert _asked(status=304)

    @pytest.mark.parametrize(
        "headers",
        [{"sec-fetch-dest": "script"}, {"accept": "*/*"}, {"cookie": f"a=b; {state.COOKIE}={TOKEN}"}],
    )
    def test_nothing_else_does(self, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        """Scripts, fonts and whoever has a token already get none."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        assert not _asked(headers)

    def test_a_malformed_token_is_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only what the server may have given counts as one."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        assert _asked({"cookie": f"{state.COOKIE}=../../etc; x[y]=1"})

    def test_single_mode_sets_none(self) -> None:
        """One person needs no token."""
        assert not _asked()


def _listed() -> list[str]:
    sections = runpy.run_path(str(FRAME))["SECTIONS"]
    return [name for pages in sections.values() for name in pages if (ROOT / "pages" / f"{name}.py").is_file()]


def _space_of() -> str:
    return str(AppTest.from_function(_naming).run().session_state["space_name"])


def _said(page: AppTest) -> str:
    return " ".join(element.value for element in (*page.sidebar.markdown, *page.sidebar.caption))


def _asked(headers: dict[str, str] | None = None, scheme: str = "http", status: int = 200) -> str:
    """The Set-Cookie header that a browser gets which asks for the first page."""
    sent: list[dict[str, Any]] = []
    given = {"accept": "text/html", **(headers or {})}
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "scheme": scheme,
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }

    async def inner(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    # In a thread: where a browser test ran before in this process, its driver holds the main thread's event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(server.PrivateWorkspace(inner)(scope, None, send))).result()
    return next((value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"), "")


def _naming() -> None:
    import streamlit as st

    from pages.ui import state

    st.session_state["space_name"] = state.space().name


def _failing() -> None:
    from nnlab.errors import DataError
    from pages.ui import parts

    parts.shown(DataError("this cannot be", where="line 3", came="**x**", do="Mend it.", repair={"go": "start"}))


def _failing_at(where: str, go: str = "") -> None:
    from nnlab.errors import DataError
    from pages.ui import parts

    parts.shown(DataError("this cannot be", where=where, repair={"go": go}))


def _breaking() -> None:
    from pages.ui import parts

    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        parts.shown(error)
