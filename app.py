"""The server: `streamlit run app.py` serves the pages, gives every visitor a private workspace, warms torch up.

Started in another way than by `streamlit run`, this file runs as a plain script and draws the frame itself; then there
is no cookie, and a visitor's work lasts until the tab closes.
"""

from __future__ import annotations

import gc
import runpy
import secrets
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from streamlit.runtime.scriptrunner import get_script_run_ctx

ROOT = Path(__file__).resolve().parent
FRAME = ROOT / "pages" / "ui" / "frame.py"
COOKIE_DAYS = 400  # the longest that browsers keep a cookie

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from nnlab.runs.sweeping import enter  # noqa: E402
from nnlab.runs.workspace import home  # noqa: E402
from pages.ui import parts, state  # noqa: E402  (the line above makes them importable from anywhere)


class PrivateWorkspace:
    """Gives a browser that lacks one the secret token of a workspace of its own, on whatever document it asks for."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not lacks_cookie(scope):
            await self.app(scope, receive, send)
            return
        cookie = new_cookie(scope)

        async def send_with_cookie(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def lacks_cookie(scope: Mapping[str, Any]) -> bool:
    """Whether this is a browser opening a document in shared mode without a well-formed token.

    The request decides: a cached answer (304) has no content type that could be asked.
    """
    if state.mode() != "shared" or scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=dict(scope))
    place = headers.get("sec-fetch-dest", "")
    is_document = place in ("document", "iframe", "frame") if place else "text/html" in headers.get("accept", "")
    return is_document and not state.is_token(cookie_parser(headers.get("cookie", "")).get(state.COOKIE, ""))


def new_cookie(scope: Mapping[str, Any]) -> str:
    """A Set-Cookie header with a new token of 128 bits, for https alone where the visitor came by https."""
    forwarded = Headers(scope=dict(scope)).get("x-forwarded-proto", "").split(",")[0].strip()
    secure = "; Secure" if "https" in (forwarded, scope.get("scheme")) else ""
    age = f"Max-Age={COOKIE_DAYS * 86_400}"
    return f"{state.COOKIE}={secrets.token_hex(16)}; Path=/; {age}; HttpOnly; SameSite=Lax{secure}"


@asynccontextmanager
async def start(_app: Any) -> AsyncIterator[None]:
    """Starts what runs beside the pages: torch is imported once a first page is drawn, so that none waits for it."""
    lock = enter(home())
    threading.Thread(target=_warm_torch, name="warm-torch", daemon=True).start()
    yield
    if lock is not None:
        lock.release()


def _warm_torch() -> None:
    state.page_drawn.wait()
    from pages.ui.cached import warm

    warm()
    # Streamlit collects garbage after every rerun; walking all that torch imported cost 0.2 s each time. The price:
    # cycles that lie in memory at this moment, seconds after the first page, stay there as long as the server.
    gc.collect()
    gc.freeze()


app = st.App(
    FRAME,
    lifespan=start,
    middleware=[Middleware(PrivateWorkspace)],
    on_script_error=parts.shown,
)

if get_script_run_ctx(suppress_warning=True) is not None:
    runpy.run_path(str(FRAME), run_name="__main__")
