"""Pictures on the pages: joined, drawn, trained on, and asked for when a row is to be predicted."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from nnlab.data.picture_files import awaits_files
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import said, sound, trained

SIDE = 8


def shapes(n_rows: int = 60) -> tuple[np.ndarray, list[str]]:
    """Blurred bars that lie or stand, uint8 (N, H, W), and which of the two each is."""
    rng = np.random.default_rng(0)
    across = np.linspace(0, 255, SIDE).astype(np.uint8)
    lying = np.repeat(across[:, None], SIDE, axis=1)
    found = np.stack([lying if row % 2 else lying.T for row in range(n_rows)])
    noise = rng.integers(0, 20, found.shape)
    return np.clip(found.astype(int) + noise, 0, 255).astype(np.uint8), [
        "lies" if row % 2 else "stands" for row in range(n_rows)
    ]


def png(pixels: np.ndarray) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, format="PNG")
    return sink.getvalue()


@pytest.fixture
def project(space: Space) -> Project:
    """A project on 64 pixel columns and a target."""
    pixels, labels = shapes()
    head = ",".join([*(f"pixel{place}" for place in range(SIDE * SIDE)), "what"])
    rows = "\n".join(",".join([*map(str, one.ravel()), label]) for one, label in zip(pixels, labels, strict=True))
    created = space.create_project(space.put_table(f"{head}\n{rows}\n".encode(), "shapes.csv"))
    return space.save(created.with_target("what"))


@pytest.fixture
def run(space: Space, project: Project) -> RunFolder:
    return trained(space, project)


def test_data_and_prepare_draw_a_column_of_pictures(open_page: Open, project: Project) -> None:
    """Thumbnails in the list, under the column and in the first rows; Prepare says how many numbers they are."""
    page = open_page("data", project=project.id)
    assert sound(page)
    assert "Pictures of 8 × 8 pixels from 64 columns" in said(page)
    rows = next(frame.value for frame in page.dataframe if "pixels" in frame.value.columns)
    assert rows["pixels"].iloc[0].startswith("data:image/png;base64,")
    assert page.get("image")
    page = open_page("prepare", project=project.id)
    assert sound(page)
    assert page.dataframe[0].value.iloc[0].to_list()[1:3] == ["8 × 8 pixels", "64 numbers"]
    assert page.get("image")


def test_a_person_keeps_the_pixel_columns(open_page: Open, space: Space, project: Project) -> None:
    """Read again without joining; undo goes back."""
    page = open_page("data", project=project.id)
    page.selectbox(key="data.reading.pixels").set_value("keep").run()
    assert not page.exception
    assert len(space.project(project.id).columns.names) == 65


def test_a_person_says_the_form_of_the_pictures(open_page: Open, space: Space, project: Project) -> None:
    """Channels, height and width; a product that is no count of pixel columns is told and changes nothing."""
    page = open_page("data", project=project.id)
    page.text_input(key="data.reading.image").set_value("1,4,16").run()
    assert sound(page)
    image = space.project(project.id).columns["pixels"].image
    assert image is not None
    assert (image.height, image.width) == (4, 16)
    page.text_input(key="data.reading.image").set_value("1,4,17").run()
    assert not page.exception
    assert "68 columns" in page.error[0].value
    assert space.project(project.id).columns["pixels"].image == image


def test_the_form_asks_for_a_picture(open_page: Open, project: Project, run: RunFolder) -> None:
    """Filled with a training picture; another one is answered, one that is none is told."""
    page = open_page("predict", project=project.id, run=run.id)
    assert sound(page)
    first = page.metric[0].value
    pixels, labels = shapes()
    assert first == labels[0]
    page.file_uploader[0].upload("other.png", png(pixels[1])).run()
    assert sound(page)
    assert page.metric[0].value == labels[1]
    page.file_uploader[0].upload("none.png", b"no picture").run()
    assert not page.exception
    assert "picture" in page.error[0].value


def test_a_table_of_names_asks_for_the_zip(open_page: Open, space: Space) -> None:
    """With it the names become pictures, and the column a feature."""
    pixels, labels = shapes()
    text = "file,what\n" + "".join(f"p{row}.png,{label}\n" for row, label in enumerate(labels))
    created = space.create_project(space.put_table(text.encode(), "named.csv"))
    project = space.save(created.with_target("what"))
    assert awaits_files(project.columns["file"])
    page = open_page("data", project=project.id)
    page.selectbox(key="data.column").set_value("file").run()
    assert "give the zip" in said(page)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for row, one in enumerate(pixels):
            made.writestr(f"pictures/p{row}.png", png(one))
    page.file_uploader[0].upload("pictures.zip", archive.getvalue()).run()
    assert sound(page)
    column = space.project(project.id).columns["file"]
    assert (column.kind, column.role) == ("image", "feature")
