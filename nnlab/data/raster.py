"""One picture: the bytes of a PNG, JPEG, GIF, BMP, WebP or TIFF file to pixels of a form, and pixels to a small PNG.

Axes: `C` channels (1 or 3), `H` rows, `W` columns. Sizes are read from the header and checked before any pixel is.
"""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import ImageForm
from nnlab.errors import DataError, LimitError
from nnlab.limits import limits

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")  # no other decoder is ever asked
_GREY = ("1", "L", "LA", "I", "F")
_ORIENTATION = 0x0112  # of the EXIF tags; from 5 on the picture lies on its side
_BYTES_A_PIXEL = 3
_DAMAGED = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, struct.error)
_ENDS = {  # how the last bytes of a whole file look, by its first ones
    b"\x89PNG": b"IEND\xaeB`\x82",
    b"\xff\xd8\xff": b"\xff\xd9",
    b"GIF8": b"\x3b",
}


class Header(NamedTuple):
    """What the first bytes say: the size as the picture stands, and whether its pixels are shades of grey."""

    height: int
    width: int
    is_grey: bool


def header(data: bytes) -> Header:
    """The size in a picture's header; raises `DataError` for what is no picture, `LimitError` for too large a one."""
    with _opened(data) as image:
        _check_size(image)
        width, height = image.size
        if _lies_on_its_side(image):
            width, height = height, width
        return Header(height, width, image.mode.startswith(_GREY))


def check(data: bytes) -> None:
    """Raises `DataError` or `LimitError` unless the bytes are a whole picture.

    A file that ends as its kind ends is believed; another one is unpacked to see.
    """
    header(data)
    end = next((end for start, end in _ENDS.items() if data.startswith(start)), None)
    if end is None or not data.rstrip(b"\x00\r\n ").endswith(end):
        with _opened(data) as image:
            _check_size(image)
            image.load()


def pixels(data: bytes, form: ImageForm) -> Pixels:
    """The picture brought to a form, uint8 (C, H, W): turned as its EXIF says, the first of an animation.

    What is transparent becomes white. Raises `DataError` for damaged bytes and `LimitError` for too large a picture.
    """
    from PIL import ImageOps

    with _opened(data) as image:
        _check_size(image)
        longest = max(form.height, form.width)
        image.draft("RGB", (longest, longest))  # a large JPEG is unpacked at a part of its size
        image.load()
        upright = _flat(ImageOps.exif_transpose(image))
        plain = upright.convert("L" if form.channels == 1 else "RGB")
        return _array(_sized(plain, form.height, form.width))


def is_grey(data: bytes) -> bool:
    """Whether every pixel of a picture is a shade of grey, however it is written."""
    with _opened(data) as image:
        _check_size(image)
        image.draft("RGB", (64, 64))
        image.load()
        found = np.asarray(_flat(image).convert("RGB"))
        return bool((found.max(axis=2) - found.min(axis=2) <= 8).all())  # JPEG rounds colours


def brought_to(given_CHW: Pixels, form: ImageForm) -> Pixels:
    """Pixels of another size or another number of channels in the form, uint8 (C, H, W)."""
    from PIL import Image

    if given_CHW.shape == (form.channels, form.height, form.width):
        return given_CHW
    is_colour = len(given_CHW) == 3
    image = Image.fromarray(given_CHW.transpose(1, 2, 0) if is_colour else given_CHW[0])
    return _array(_sized(image.convert("L" if form.channels == 1 else "RGB"), form.height, form.width))


def png(pixels_CHW: Pixels) -> bytes:
    """The pixels as a PNG file."""
    from PIL import Image

    sink = io.BytesIO()
    is_colour = len(pixels_CHW) == 3
    Image.fromarray(np.ascontiguousarray(pixels_CHW.transpose(1, 2, 0)) if is_colour else pixels_CHW[0]).save(
        sink, format="PNG"
    )
    return sink.getvalue()


def data_uri(pixels_CHW: Pixels) -> str:
    """The pixels as text that a page can draw and a cell can hold: "data:image/png;base64,..."."""
    return f"data:image/png;base64,{base64.b64encode(png(pixels_CHW)).decode()}"


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture, of which only the header was read; whatever Pillow says of damaged bytes becomes a `DataError`."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            yield image
    except UnidentifiedImageError:
        raise DataError("a picture is needed: PNG, JPEG, GIF, BMP, WebP or TIFF", came="other bytes") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large("a size that no picture has") from None
    except _DAMAGED as error:
        raise DataError("the picture is damaged", came=str(error)[:200], do="Export it again.") from None


def _lies_on_its_side(image: Image.Image) -> bool:
    if image.format == "PNG" and "exif" not in image.info:  # Pillow would unpack the whole picture to look for it
        return False
    return bool(image.getexif().get(_ORIENTATION, 1) >= 5)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height * _BYTES_A_PIXEL > limits().picture_bytes:
        raise _too_large(f"{width} × {height} pixels")


def _flat(image: Image.Image) -> Image.Image:
    """The picture as grey or RGB of 8 bits, on white where it is transparent."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(image))
    if image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        front = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", front.size, "white"), front).convert("RGB")
    return image if image.mode == "L" else image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Pixels:
    """Shades of 16 or 32 bits, or fractions from 0 to 1, as 0 to 255."""
    values: npt.NDArray[Any] = np.nan_to_num(np.asarray(image, dtype=np.float64))
    if image.mode.startswith("F"):
        scale = 255.0 if values.max(initial=0) <= 1 else 1.0
    else:
        scale = 1.0 if image.mode == "I" and values.max(initial=0) <= 255 else 1 / 257
    return np.clip(np.round(values * scale), 0, 255).astype(np.uint8)


def _sized(image: Image.Image, height: int, width: int) -> Image.Image:
    from PIL import Image

    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BILINEAR)


def _array(image: Image.Image) -> Pixels:
    found: Pixels = np.asarray(image)
    return found[None] if found.ndim == 2 else np.ascontiguousarray(found.transpose(2, 0, 1))


def _too_large(came: str) -> LimitError:
    return LimitError(
        f"a picture may unpack to {limits().picture_bytes / 1e6:.0f} MB",
        came=came,
        do="Make it smaller, then try again.",
    )
