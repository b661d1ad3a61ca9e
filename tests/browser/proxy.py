"""A small host: shows the app inside a frame, under a path of its own, as Community Cloud does.

`/` is a page with a frame, `/~/+/...` is the app with that prefix taken off, anything else is not found.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass

from tests.browser.server import free_port

PREFIX = "/~/+"
GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
FRAME = """<!doctype html><title>host</title>
<style>html,body,iframe{margin:0;width:100%;height:100%;border:0}</style>
<iframe title="app" src="SOURCE"></iframe>"""


@dataclass
class Proxy:
    """Forwards HTTP and WebSocket requests under `/~/+/` to a server on 127.0.0.1; counts what it refused."""

    upstream_port: int
    n_refused: int = 0

    def __post_init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Proxy:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(_ended(asyncio.all_tasks(self._loop)))
        self._loop.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(*GONE):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, _, rest = head.partition("\r\n")
            method, path, version = first.split(" ", 2)
            if path.startswith(PREFIX + "/"):
                await self._forward(f"{method} {path.removeprefix(PREFIX)} {version}\r\n{rest}", reader, writer)
            elif path.split("?")[0] == "/":
                query = path.partition("?")[2]
                source = PREFIX + "/" + query.removeprefix("open=")
                await _send(writer, "200 OK", FRAME.replace("SOURCE", source))
            else:
                self.n_refused += 1
                await _send(writer, "404 Not Found", "nothing here")

    async def _forward(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        if "upgrade: websocket" not in head.lower():
            lines = [line for line in head.split("\r\n") if not line.lower().startswith("connection:")]
            head = "\r\n".join([lines[0], "Connection: close", *lines[1:]])
        with contextlib.closing(up_writer):
            up_writer.write(head.encode("latin-1"))
            upward = asyncio.create_task(_pipe(reader, up_writer))
            try:
                await _pipe(up_reader, writer)
            finally:
                upward.cancel()
                await asyncio.wait([upward])


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    """Cancels what still runs and waits until its connections are closed."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.05)  # a closed connection is let go one turn of the loop later


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while block := await source.read(65536):
            sink.write(block)
            await sink.drain()


async def _send(writer: asyncio.StreamWriter, status: str, body: str) -> None:
    payload = body.encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(payload)}", "Connection: close"]
    writer.write("\r\n".join([*lines, "", ""]).encode() + payload)
    await writer.drain()
