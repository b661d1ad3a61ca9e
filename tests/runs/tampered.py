"""A downloaded run taken apart and put together otherwise, as a stranger might."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path


def members(data: bytes) -> dict[str, bytes]:
    """The files in a zip by their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(content: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return made.getvalue()


def with_json(data: bytes, change: Callable[[dict], None], name: str = "run.json") -> bytes:
    """The zip with one of its JSON files changed."""
    content = members(data)
    plain = json.loads(content[name])
    change(plain)
    return zipped({**content, name: json.dumps(plain).encode()})


def everything_in(folder: Path) -> list[str]:
    """Every file below a folder by its path in it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
