"""Pictures for tests: smooth ones made from a seed, and the bytes of their files as Pillow writes them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


def blobs(n: int, side: int = 12, seed: int = 0) -> Pixels:
    """Bright spots on black, uint8 (N, H, W): neighbours are alike across and down, the corners are mostly black."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:side, :side]
    centres = rng.uniform(side * 0.3, side * 0.7, (n, 2, 1, 1))
    far = (row - centres[:, 0]) ** 2 + (column - centres[:, 1]) ** 2
    return np.where(far < side * 1.5, 255 * np.exp(-far / side), 0).astype(np.uint8)


def bytes_of(pixels: npt.NDArray[Any], kind: str = "PNG", mode: str | None = None, **settings: Any) -> bytes:
    """A picture file of pixels (H, W) or (H, W, C), in another mode of Pillow's where one is named."""
    image = Image.fromarray(pixels)
    sink = io.BytesIO()
    (image.convert(mode) if mode else image).save(sink, format=kind, **settings)
    return sink.getvalue()


def string_of(pixels: npt.NDArray[Any], between: str = " ") -> str:
    """The pixels as text."""
    return between.join(map(str, pixels.ravel().tolist()))
