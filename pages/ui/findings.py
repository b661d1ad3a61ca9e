"""The audit on a page: it begins by itself once there is a target, and each finding stands with what mends it."""

from __future__ import annotations

import contextlib

import streamlit as st

from nnlab.audit.finding import Audit, Finding
from nnlab.audit.mends import Clean, Mend
from nnlab.errors import NnlabError
from nnlab.prep.wording import listed
from nnlab.runs import audit_job, reading_job
from nnlab.runs.mending import mended, unsettled
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from pages.ui import parts, state
from pages.ui.parts import _

LOOK_S = 1.0  # between two looks at an audit that is under way
SERIOUS = ("leak", "ask")
N_SHOWN = 3  # findings that stand open; the others are one click away
MOST_LISTED = 40
NO_BREAK = "\u00a0"
VOICES = {"leak": (":red", ":material/error:", _("Leak")), "ask": (":orange", ":material/help:", _("To ask"))}


def draw(project: Project) -> None:
    """What is known of the table before training: the headline, the findings, and what can be done about each."""
    if not project.columns.targets:
        return
    with st.container(border=True, gap="small", key="findings"):
        found = _known(state.space(), project)
        if found is None:
            _draw_coming(project)
        else:
            _draw_found(project, unsettled(project, found))


def warning(project: Project) -> str:
    """One line on leaks and questions that stand open, as markdown; nothing where there are none or none is known."""
    found = _known(state.space(), project) if project.columns.targets else None
    if found is None:
        return ""
    open_ = unsettled(project, found).findings
    leaking, asked = _columns(open_, "leak"), _columns(open_, "ask")
    n_asked = len({name for each in open_ if each.check == "ask" for name in each.columns})
    one, many = _("{columns}: is it known before the answer is?"), _("{columns}: are they known before the answer is?")
    said = [
        _("{columns}: a leak gives the answer away.").format(columns=leaking) if leaking else "",
        (one if n_asked == 1 else many).format(columns=asked) if asked else "",
        _("Not answered yet, so the score may promise too much."),
    ]
    if not leaking and not asked:
        return ""
    return f"{':red' if leaking else ':orange'}[:material/warning: {' '.join(part for part in said if part)}]"


def _columns(found: tuple[Finding, ...], check: str) -> str:
    """The columns that a check found something about, the first few by name."""
    return parts.plain(
        listed(list(dict.fromkeys(name for each in found if each.check == check for name in each.columns)))
    )


def _known(space: Space, project: Project) -> Audit | None:
    """The project's audit, read once for all visitors, or None while it is not there."""
    if not audit_job.is_known(space, project):
        return None
    with contextlib.suppress(LookupError):
        return _kept(str(space.path), project.table_id, audit_job.audit_key(project), space, project)
    return None


@st.cache_resource(max_entries=100, show_spinner=False)
def _kept(place: str, table_id: str, key: str, _space: Space, _project: Project) -> Audit:
    """The audit; raises `LookupError` where its file is damaged or just gone, for what is raised is not kept."""
    found = audit_job.known(_space, _project)
    if found is None:
        raise LookupError(key)
    return found


def _draw_found(project: Project, found: Audit) -> None:
    """The headline, the most serious findings, and the others behind one click."""
    st.subheader(_("Before training"), anchor=False)
    st.markdown(parts.plain(found.headline(), 300))
    if note := audit_job.note_of(project):
        st.caption(_(note))
    n_serious = sum(finding.check in SERIOUS for finding in found.findings)
    first = found.findings[: max(N_SHOWN, min(n_serious, 2 * N_SHOWN))]
    rest = found.findings[len(first) : MOST_LISTED]
    for finding in first:
        _draw_finding(project, finding)
    if rest:
        title = parts.counted(len(rest), _("{n} more finding"), _("{n} more findings"))
        with st.expander(title, key="findings.more"):
            for finding in rest:
                _draw_finding(project, finding)


def _draw_finding(project: Project, finding: Finding) -> None:
    """What was found, and its buttons: each mend, and that all is well as it is."""
    colour, icon, voice = VOICES.get(finding.check, ("", ":material/info:", _title(finding.check)))
    heading = f"{icon} **{voice}**"
    with st.container(gap=None):
        st.markdown(f"{colour}[{heading}]" if colour else heading)
        st.markdown(parts.plain(finding.sentence, 700).replace(" %", f"{NO_BREAK}%"))
    with st.container(horizontal=True, gap="small"):
        for n, mend in enumerate((*finding.mends, finding.keep)):
            st.button(
                parts.plain(mend.label, 100),
                key=f"mend.{finding.key}.{n}",
                type="tertiary" if mend.kind == "keep" else "secondary",
                icon=":material/check:" if mend.kind == "keep" else None,
                on_click=_carry_out,
                args=(project.id, mend),
            )


def _title(kind: str) -> str:
    """The words of a check, as its page of the manual has them."""
    from nnlab.audit.checks import checks

    return _(checks[kind].title) if kind in checks else parts.plain(kind)


def _carry_out(project_id: str, mend: Mend) -> None:
    """One click: the project changed and saved, to be undone like any change."""
    with state.telling():
        state.refuse_unseen()
        space = state.space()
        project = space.project(project_id)
        if isinstance(mend, Clean) and reading_job.is_large(space.table_bytes(project.table_id).stat().st_size):
            # a process of its own carries it out, and the page takes the table that comes of it
            reading_job.begin_cleaning(space, project, project.cleaning.added(*mend.steps))
            return
        state.replace(mended(project, mend, space))


def _draw_coming(project: Project) -> None:
    """The audit begun, where it is not; how far it is; or what it ended with."""
    st.subheader(_("Before training"), anchor=False)
    error = audit_job.failed(state.space(), project)
    if error is None:
        with state.telling():
            audit_job.begin(state.space(), project)
        st.fragment(_draw_progress, run_every=LOOK_S)(project.id)
        return
    parts.failed(error, "findings")
    st.button(_("Look again"), key="findings.again", icon=":material/refresh:", on_click=_again, args=(project.id,))


def _draw_progress(project_id: str) -> None:
    """What is being looked for; when it is over, so is this line, and the page is drawn."""
    try:
        project = state.space().project(project_id)
        job = audit_job.under_way(state.space(), project)
    except NnlabError:
        st.rerun()
    if job is not None and not job.is_alive:
        st.rerun()
    share, doing = job.progress() if job else (0.0, "")
    said = parts.plain(_(doing) if doing else _("waiting for its place"))
    st.progress(min(share, 1.0), _("Looking the table through before training: {now}").format(now=said))


def _again(project_id: str) -> None:
    with state.telling():
        space = state.space()
        audit_job.begin_again(space, space.project(project_id))
