"""A click counts once, whatever else the page does at that moment."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Serve, Visit
from tests.browser.visitor import WAIT_MS

N_CLICKS = 15
# A part that asks for itself draws the whole page anew, as the line of a run does when the run ends; between the top
# of the page and its button lies what a page of ours takes to draw what stands above.
RESTLESS = """
import time
import streamlit as st
from pages.ui import parts


@st.fragment(run_every=0.1)
def part():
    if st.session_state.pop("drawn", False):
        st.rerun()


st.title("Restless")
part()
time.sleep(0.05)
counted = st.session_state.get("counted", 0)
if parts.pressed(st.button, "Count", key="count"):
    counted += 1
st.session_state["counted"] = counted
st.markdown(f"counted {counted}")
st.session_state["drawn"] = True
"""


def test_no_click_is_lost_to_a_page_that_draws_itself_anew(serve: Serve, visit: Visit, tmp_path: Path) -> None:
    """A plain button of Streamlit misses one of four here."""
    script = tmp_path / "restless.py"
    script.write_text(RESTLESS)
    server = serve(script=str(script))
    page = visit(server).page
    page.goto(server.address)
    for n in range(1, N_CLICKS + 1):
        page.get_by_role("button", name="Count").click()
        expect(page.get_by_text(f"counted {n}", exact=True)).to_be_visible(timeout=WAIT_MS)
