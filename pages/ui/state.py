"""Whose workspace this is and which project is open: typed reads and writes of the session, ids and values only.

The open project and run stand in the session and in the address (`?project=ID&run=ID`), so that a reload and a link
find them again; what lies behind an id is read from the workspace each time, so that two tabs see the same.
"""

from __future__ import annotations

import operator
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nnlab.errors import ConflictError, NnlabError, NotFoundError
from nnlab.merge import carried_over

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from nnlab.runs.folder import RunFolder
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

COOKIE = "nnlab_space"
N_KNOWN = 8  # projects that a session remembers as it drew them: more changes than fit into one pass of a page
PAGES = Path(__file__).resolve().parents[1]

page_drawn = threading.Event()  # set once this server has drawn a page; slow imports wait for it


def mode() -> Literal["single", "shared"]:
    """`single`: one person, one space, any browser on this machine; `shared` (default): a space for each visitor."""
    return "single" if os.environ.get("NNLAB_MODE") == "single" else "shared"


def is_token(text: str) -> bool:
    """Whether this is a token that the server may have given: 128 bits as hexadecimal digits."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def space() -> Space:
    """The workspace of whoever looks at this page; its folder is made at the first write."""
    from nnlab.runs.sweeping import touch
    from nnlab.runs.workspace import Space, home

    name = _space_name()
    if name.startswith("session-"):
        return _space_of_session(str(home()), name)
    found = Space(home(), name)
    touch(found)
    return found


def is_lasting() -> bool:
    """Whether this workspace can be found again after the tab is closed."""
    return not _space_name().startswith("session-")


def project_id() -> str | None:
    """The id of the open project."""
    return st.session_state.get("project_id")


def run_id() -> str | None:
    """The id of the run that the pages show."""
    return st.session_state.get("run_id")


def project() -> Project | None:
    """The open project as it lies on disk now, or None where none is open; a stranger's id opens nothing."""
    opened = project_id()
    if opened is None:
        return None
    try:
        found = space().project(opened)
    except NotFoundError:
        _remember("project", None)  # its runs stay
        tell(_not_here("project"))
        return None
    if value("pass_begins", True):
        keep("pass_begins", False)
        _know(found)
    return found


def run() -> RunFolder | None:
    """The run that the pages show, or None; a stranger's id shows nothing."""
    shown = run_id()
    if shown is None:
        return None
    try:
        return space().run(shown)
    except NotFoundError:
        open_run(None)
        tell(_not_here("run"))
        return None


def open_project(project_id: str, run_id: str | None = None) -> None:
    """Makes a project (and one of its runs) the one that all pages are about."""
    _remember("project", project_id)
    open_run(run_id)


def open_run(run_id: str | None) -> None:
    """Makes a run the one that Train, Evaluate and Predict show; None: the project's latest."""
    _remember("run", run_id)


def close_project() -> None:
    """No project is open any more."""
    _remember("project", None)
    _remember("run", None)


def adopt_address() -> None:
    """Takes project and run from the address where it names them, else writes them there: the head of every draw."""
    keep("pass_begins", True)
    for name in ("project", "run"):
        asked, known = st.query_params.get(name), st.session_state.get(f"{name}_id")
        if asked and asked != known:
            st.session_state[f"{name}_id"] = asked
            if name == "project" and known and "run" not in st.query_params:
                st.session_state["run_id"] = None
        elif known and not asked:
            st.query_params[name] = known


def save(changed: Project) -> Project | None:
    """The project as saved, or None where somebody saved in between: nothing was overwritten, and the page says so.

    In between means since this page was drawn: what a person did not see they cannot have meant to change. What the
    person themselves changed since, before the page could be drawn again, is kept: widgets in two places of one page
    are answered in one pass, each with the project that it was drawn for.
    """
    with telling():
        saved = space().save(_caught_up(changed))
        _know(saved)
        return saved
    return None


def _caught_up(changed: Project) -> Project:
    """The change made to the project as this session knows it now."""
    seen = value("revision_seen") or changed.revision
    known = {each.revision: each for each in value("projects_known", ()) if each.id == changed.id}
    if changed.revision != seen and {changed.revision, seen} <= known.keys():
        return carried_over(known[changed.revision], changed, known[seen])
    return changed.model_copy(update={"revision": seen})


def _know(project: Project) -> None:
    """Keeps the project as one that this page has shown or made."""
    keep("revision_seen", project.revision)
    keep("projects_known", (*value("projects_known", ())[1 - N_KNOWN :], project))


def refuse_unseen() -> None:
    """Raises `ConflictError` where the open project was saved by somebody else since this page was drawn."""
    opened, seen = project(), value("revision_seen")
    if opened is not None and seen is not None and opened.revision != seen:
        raise ConflictError(
            "the project was changed in another window in the meantime",
            do="Nothing was overwritten. This page shows it as it is now: make your change again.",
        )


def change(drawn: Project, **changes: Any) -> Project | None:
    """The project that the page was drawn for with some fields changed, saved; what is wrong is told on the page."""
    with telling():
        return save(drawn.having(**changes))
    return None


def replace(changed: Project) -> Project | None:
    """The open project as another one that came of it; what is wrong with it is told on the page."""
    with telling():
        return save(changed)
    return None


def undo() -> None:
    """Takes the open project's last change back."""
    _step_through_history("undo")


def redo() -> None:
    """Does again what was taken back."""
    _step_through_history("redo")


def go(page: str, **query: str) -> NoReturn:
    """Switches to a page by its file's name, taking project and run along."""
    st.switch_page(PAGES / f"{page}.py", query_params={**address(), **query})


def address() -> dict[str, str]:
    """What a link has to carry, so that it leads to the same project and run."""
    known = {"project": project_id(), "run": run_id()}
    return {name: value for name, value in known.items() if value}


def tell(error: NnlabError) -> None:
    """Keeps an error met in a callback until the page is drawn."""
    st.session_state["told"] = {"kind": type(error).__name__, "repair": error.repair, **error.as_dict()}


def told() -> dict[str, Any] | None:
    """The error kept by `tell`, once."""
    return st.session_state.pop("told", None)


@contextmanager
def telling() -> Iterator[None]:
    """Turns an error of ours that is raised within into one told on the page; a save that lost gets its button."""
    try:
        yield
    except ConflictError as error:
        error.repair = error.repair or {"reload": True}
        tell(error)
    except NnlabError as error:
        tell(error)


def value(name: str, default: Any = None) -> Any:
    """A plain value of this session; pages prefix the name with their own (`network.tab`)."""
    return st.session_state.get(name, default)


def keep(name: str, plain_value: Any) -> None:
    """Keeps a plain value for this session."""
    st.session_state[name] = plain_value


def key_showing(key: str, now: Any, is_same: Callable[[Any, Any], bool] = operator.eq) -> str:
    """The key for a widget that is to show `now`: another one than before where the widget holds something else.

    Under the old key an undo would come back. A browser answers with what it shows: where a part of the page asks for
    itself anew every second, that may be on its way while the undo is carried out, and would be taken for a person's
    wish; and a widget that is not drawn (in a closed popover) hears nothing of a value sent through the session. Under
    a new key the widget has held nothing, and answers meant for the old one are nobody's.
    """
    turn = st.session_state.get(f"{key}.turn", 0)
    drawn = f"{key}.turn{turn}" if turn else key
    if drawn not in st.session_state or is_same(st.session_state[drawn], now):
        return drawn
    st.session_state[f"{key}.turn"] = turn + 1
    return f"{key}.turn{turn + 1}"


def keeping(name: str, plain_value: Any) -> Callable[[], None]:
    """A callback that keeps a plain value."""
    return lambda: keep(name, plain_value)


def let_go(uploads: Sequence[UploadedFile]) -> None:
    """Gives up the server's own copies of uploads, which Streamlit would keep until their tab is closed."""
    context = get_script_run_ctx()
    for upload in uploads:
        if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
            context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
        upload.close()


def _space_name() -> str:
    from nnlab.runs.workspace import hashed_space

    if mode() == "single":
        return "local"
    person = _login()
    if person:
        return hashed_space("user", person)
    token = st.context.cookies.get(COOKIE, "")
    if is_token(token):
        return hashed_space("cookie", token)
    token = st.session_state.setdefault("session_token", secrets.token_hex(16))
    return hashed_space("session", token)


def _login() -> str:
    """Who logged in through `st.login`, as issuer and subject; nothing where logins are not set up."""
    if not st.user.get("is_logged_in", False):
        return ""
    subject = st.user.get("sub") or st.user.get("email") or ""
    return f"{st.user.get('iss', '')} {subject}" if subject else ""


def _forget(space: Space) -> None:
    from nnlab.runs.files import remove_tree

    with suppress(NnlabError):
        remove_tree(space.path)


@st.cache_resource(scope="session", on_release=_forget, show_spinner=False)
def _space_of_session(home: str, name: str) -> Space:
    """A space that goes when its tab closes: Streamlit gives it up with the session."""
    from nnlab.runs.workspace import Space

    return Space(Path(home), name)


def _remember(name: str, value: str | None) -> None:
    st.session_state[f"{name}_id"] = value
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def _not_here(what: str) -> NotFoundError:
    return NotFoundError(
        f"this {what} belongs to another workspace, or was deleted",
        do="Open the link in the browser where it was made, or go on with something of your own.",
    )


SHOWN_ON = {
    "start": ("name",),
    "data": ("reading", "cleaning", "columns", "table_id", "rows_table_id", "answered", "file_name", "file_digest"),
    "prepare": ("split", "recipe"),
    "network": ("network",),
    "train": ("training",),
}


def page_of(field: str) -> str:
    """The page that shows a field of a project, or nothing."""
    return next((page for page, fields in SHOWN_ON.items() if field in fields), "")


def changed_pages(before: Project, after: Project) -> list[str]:
    """The pages on which two states of a project differ."""
    return [page for page, fields in SHOWN_ON.items() if any(getattr(before, f) != getattr(after, f) for f in fields)]


def _step_through_history(step: Literal["undo", "redo"]) -> None:
    opened = project()
    if opened is not None:
        with telling():
            saved = getattr(space(), step)(opened.id, value("revision_seen"))
            _know(saved)
            keep("stepped", (step, changed_pages(opened, saved)))
