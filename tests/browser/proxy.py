"""A small host: shows the app inside a frame, under a path of its own, as Community Cloud does.

`/` is a page with a frame, `/~/+/...` is the app with that prefix taken off, anything else is not found.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from dataclasses import dataclass, field

PREFIX = "/~/+"
FRAME = """<!doctype html><title>host</title>
<style>html,body,iframe{margin:0;width:100%;height:100%;border:0}</style>
<iframe title="app" src="SOURCE"></iframe>"""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True  # they end with their connections
    block_on_close = False


@dataclass
class Proxy:
    """Forwards HTTP and WebSocket requests under `/~/+/` to a server on 127.0.0.1; keeps the paths it refused."""

    upstream_port: int
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        proxy = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    proxy.answer(self.request)

        self._server = _Server(("127.0.0.1", 0), Connection)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Proxy:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def answer(self, browser: socket.socket) -> None:
        """One request of the browser; connections are not used twice."""
        head, body = _head(browser)
        first, _, rest = head.partition("\r\n")
        method, path, version = first.split(" ", 2)
        if path.startswith(PREFIX + "/"):
            if "upgrade: websocket" not in rest.lower():
                kept = [line for line in rest.split("\r\n") if not line.lower().startswith("connection:")]
                rest = "\r\n".join(["Connection: close", *kept])
            self._forward(f"{method} {path.removeprefix(PREFIX)} {version}\r\n{rest}".encode("latin-1") + body, browser)
        elif path.split("?")[0] == "/":
            asked = path.partition("?")[2].removeprefix("open=").replace("%26", "&")
            _send(browser, "200 OK", FRAME.replace("SOURCE", f"{PREFIX}/{asked}"))
        else:
            self.refused.append(path)
            _send(browser, "404 Not Found", "nothing here")

    def _forward(self, begun: bytes, browser: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.upstream_port)) as app:
            app.sendall(begun)
            upward = threading.Thread(target=_pipe, args=(browser, app), daemon=True)
            upward.start()
            _pipe(app, browser)
            with contextlib.suppress(OSError):
                browser.shutdown(socket.SHUT_RDWR)  # wakes the other direction
            upward.join(10)


def _head(browser: socket.socket) -> tuple[str, bytes]:
    """The request up to its empty line, and what came behind it."""
    got = b""
    while b"\r\n\r\n" not in got:
        block = browser.recv(65_536)
        if not block:
            raise ConnectionError("the browser went away")
        got += block
    head, _, body = got.partition(b"\r\n\r\n")
    return head.decode("latin-1") + "\r\n\r\n", body


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65_536):
            sink.sendall(block)


def _send(browser: socket.socket, status: str, body: str) -> None:
    payload = body.encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(payload)}", "Connection: close"]
    browser.sendall("\r\n".join([*lines, "", ""]).encode() + payload)
