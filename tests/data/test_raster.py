"""One picture: bytes of any kind to pixels, sizes looked at first, damage told."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from nnlab.data import raster
from nnlab.data.columns import ImageForm
from nnlab.errors import DataError, LimitError
from tests.data.drawn import blobs, bytes_of

GREY = blobs(1, 16)[0]
COLOUR = np.stack([GREY, GREY.T, 255 - GREY], axis=2)
FORM = ImageForm(height=16, width=16)
COLOURED = FORM.having(channels=3)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF", "WEBP"])
def test_a_lossless_grey_picture_comes_back(kind: str) -> None:
    """The very pixels that Pillow wrote."""
    settings = {"lossless": True} if kind == "WEBP" else {}
    data = bytes_of(GREY, kind, **settings)
    raster.check(data)
    assert raster.header(data)[:2] == (16, 16)
    np.testing.assert_array_equal(raster.pixels(data, FORM)[0], GREY)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_lossless_coloured_picture_comes_back_channel_by_channel(kind: str) -> None:
    """(C, H, W); its grey form is Pillow's own luma."""
    data = bytes_of(COLOUR, kind)
    np.testing.assert_array_equal(raster.pixels(data, COLOURED), COLOUR.transpose(2, 0, 1))
    np.testing.assert_array_equal(raster.pixels(data, FORM)[0], np.asarray(Image.fromarray(COLOUR).convert("L")))


def test_palette_ink_one_bit_and_sixteen_bits_are_understood() -> None:
    """Each as Pillow's own conversion shows it; 16 bits by their upper eight."""
    few = (COLOUR // 86 * 86).astype(np.uint8)
    np.testing.assert_array_equal(raster.pixels(bytes_of(few, mode="P"), COLOURED).shape, (3, 16, 16))
    ink = bytes_of(COLOUR, "TIFF", mode="CMYK")
    np.testing.assert_array_equal(raster.pixels(ink, COLOURED).transpose(1, 2, 0), COLOUR)
    bits = bytes_of(GREY, mode="1")
    assert set(np.unique(raster.pixels(bits, FORM))) <= {0, 255}
    deep = GREY.astype(np.uint16) * 257
    np.testing.assert_array_equal(raster.pixels(bytes_of(deep), FORM)[0], GREY)


def test_what_is_transparent_is_white() -> None:
    """As on a page."""
    clear = np.dstack([COLOUR, np.zeros_like(GREY)])
    assert (raster.pixels(bytes_of(clear), COLOURED) == 255).all()


def test_a_picture_on_its_side_is_turned() -> None:
    """By its EXIF: the header's size and the pixels agree."""
    tall = GREY[:, :10]
    exif = Image.Exif()
    exif[0x0112] = 6
    data = bytes_of(tall, "JPEG", exif=exif.tobytes(), quality=100)
    assert raster.header(data)[:2] == (10, 16)
    found = raster.pixels(data, ImageForm(height=10, width=16))[0].astype(int)
    assert np.abs(found - np.rot90(tall, -1)).max() <= 4


def test_the_first_picture_of_an_animation_counts() -> None:
    """Of a GIF of two."""
    sink = io.BytesIO()
    first, second = Image.fromarray(GREY), Image.fromarray(255 - GREY)
    first.save(sink, format="GIF", save_all=True, append_images=[second])
    np.testing.assert_array_equal(raster.pixels(sink.getvalue(), FORM)[0], GREY)


@pytest.mark.filterwarnings("ignore::UserWarning")  # what Pillow says of odd tags
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_a_file_cut_anywhere_is_told_and_never_crashes(kind: str) -> None:
    """Every shorter file either fails with our error or, short of its last bytes, still has all its pixels."""
    data = bytes_of(COLOUR, kind)
    for end in range(0, len(data) - 40, max(1, len(data) // 25)):
        with pytest.raises(DataError):
            raster.check(data[:end])
        with pytest.raises(DataError):
            raster.pixels(data[:end], FORM)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_bytes_turned_over_never_crash() -> None:
    """One byte changed at a time: pixels, or our own error."""
    for kind in ("PNG", "JPEG", "GIF", "TIFF"):
        data = bytearray(bytes_of(COLOUR, kind))
        for at in range(0, len(data), max(1, len(data) // 40)):
            changed = bytes([*data[:at], data[at] ^ 0xFF, *data[at + 1 :]])
            try:
                assert raster.pixels(changed, FORM).shape == (1, 16, 16)
            except (DataError, LimitError):
                continue


def test_a_size_that_lies_takes_no_memory() -> None:
    """A PNG of a few bytes that says 50 000 × 50 000 is refused by its header."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(chunk))
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + crc + struct.pack(">I", 99) + b"IDAT" + b"\x00" * 64
    for wanted in (raster.check, lambda data: raster.pixels(data, FORM), raster.header):
        with pytest.raises(LimitError):
            wanted(bomb)


def test_only_pictures_are_opened() -> None:
    """PostScript, which Pillow would hand to another program, is other bytes here."""
    for data in (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", b"", b"a,b\n1,2\n" * 20):
        with pytest.raises(DataError, match="a picture is needed"):
            raster.header(data)


def test_another_size_is_pillows() -> None:
    """Resized as Pillow does, from a file as from pixels; a small PNG gives them back."""
    wanted = np.asarray(Image.fromarray(GREY).resize((5, 7), Image.Resampling.BILINEAR))
    form = ImageForm(height=7, width=5)
    np.testing.assert_array_equal(raster.pixels(bytes_of(GREY), form)[0], wanted)
    np.testing.assert_array_equal(raster.brought_to(GREY[None], form)[0], wanted)
    small = raster.brought_to(COLOUR.transpose(2, 0, 1), COLOURED)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(raster.png(small)))), COLOUR)


def test_grey_written_as_colour_is_seen() -> None:
    """Three equal channels, also after JPEG's rounding."""
    same = np.dstack([GREY] * 3)
    assert raster.is_grey(bytes_of(same))
    assert raster.is_grey(bytes_of(same, "JPEG"))
    assert not raster.is_grey(bytes_of(COLOUR))
    assert raster.header(bytes_of(GREY)).is_grey
