"""A second file beside a project's own: what it can be is told from its columns, and what was chosen is done."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnlab.errors import ConflictError, DataError
from nnlab.prep.split import TEST as TEST_PART
from nnlab.prep.split import VALIDATION, parts
from nnlab.runs import second_file
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

HEAD = "height,colour,sold"
FIRST = "\n".join([HEAD, *(f"{i % 40}.5,{'red' if i % 3 else 'blue'},{'yes' if i % 2 else 'no'}" for i in range(60))])
MORE = "\n".join(["colour,sold,height,extra", *(f"red,{'yes' if i % 2 else 'no'},{i}.5,x" for i in range(20))])
TEST = "\n".join([HEAD, *(f"{i}.5,red,{'yes' if i % 2 else 'no'}" for i in range(20))])
ROWS = "\n".join(["height,colour", *(f"{i}.5,red" for i in range(7))])


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home)


@pytest.fixture
def project(space: Space) -> Project:
    return space.save(space.create_project(space.put_table(FIRST.encode(), "flowers.csv")).with_target("sold"))


def test_the_columns_tell_what_a_file_can_be(space: Space, project: Project) -> None:
    """With the target: rows; without it: rows to predict; without a feature: refused by the column's name."""
    found = second_file.looked_at(space, project, TEST.encode(), "t.csv")
    assert (found.use, found.n_rows) == ("rows", 20)
    found = second_file.looked_at(space, project, ROWS.encode(), "t.csv")
    assert (found.use, found.n_rows, found.missing) == ("predict", 7, ("sold",))
    with pytest.raises(DataError, match="height"):
        second_file.looked_at(space, project, b"colour,sold\nred,yes\nblue,no\n", "t.csv")


def test_the_second_file_is_the_test_set(space: Space, project: Project) -> None:
    """Its rows and no others are tested; target and roles stay; validation still comes from the first file's rows."""
    second = second_file.looked_at(space, project, TEST.encode(), "later.csv")
    made = space.save(second_file.as_test_set(space, project, second))
    table = space.table(made.table_id)
    assert table.n_rows == 80
    assert [column.name for column in made.columns.targets] == ["sold"]
    assert made.columns.split_column == "file"
    part = parts(table.frame, made.columns, "binary", made.split)
    assert (part[:60] != TEST_PART).all()
    assert (part[60:] == TEST_PART).all()
    assert (part == VALIDATION).any()
    assert [(issue.text, issue.weight) for issue in table.issues] == [
        ("train/flowers.csv", "note"),
        ("test/later.csv", "note"),
    ]


def test_what_the_files_are_called_does_not_matter(space: Space) -> None:
    """A file called test can be learnt from, and one called train judge."""
    project = space.save(space.create_project(space.put_table(FIRST.encode(), "my_test.csv")).with_target("sold"))
    second = second_file.looked_at(space, project, TEST.encode(), "train.csv")
    table = space.table(second_file.as_test_set(space, project, second).table_id)
    assert table.frame["file"].tolist() == ["train"] * 60 + ["test"] * 20


def test_rows_that_stand_in_the_table_already_are_counted(space: Space, project: Project) -> None:
    """Ten copies, one of them with its columns in another order and its number written otherwise; ten are new."""
    rows = FIRST.splitlines()[1:10]
    new = [f"{i}.25,red,yes" for i in range(10)]
    data = "\n".join([HEAD, *rows, "3.50,blue,yes", *new]).encode()
    assert second_file.looked_at(space, project, data, "t.csv").n_known == 10


def test_more_rows_stand_below_the_first(space: Space, project: Project) -> None:
    """The first file's rows first, whatever the order of the second one's columns; a third file can follow."""
    second = second_file.looked_at(space, project, TEST.encode(), "later.csv")
    made = space.save(second_file.as_more_rows(space, project, second))
    table = space.table(made.table_id)
    assert table.frame["height"].tolist() == [*(i % 40 + 0.5 for i in range(60)), *(i + 0.5 for i in range(20))]
    assert made.columns["file"].role == "ignore"
    third = second_file.looked_at(space, made, TEST.encode(), "last.csv")
    assert space.table(second_file.as_more_rows(space, made, third).table_id).n_rows == 100


def test_columns_that_only_one_file_has_are_told(space: Space, project: Project) -> None:
    """Rows can be judged with more columns, but not joined: the message names them."""
    second = second_file.looked_at(space, project, MORE.encode(), "more.csv")
    with pytest.raises(DataError, match="extra"):
        second_file.as_more_rows(space, project, second)


def test_rows_to_predict_stay_with_the_project(space: Space, project: Project) -> None:
    """Their table cannot be deleted under it, and goes with it."""
    second = second_file.looked_at(space, project, ROWS.encode(), "ask.csv")
    made = space.save(second_file.for_prediction(space, project, second))
    assert made.table_id == project.table_id
    assert space.table(made.rows_table_id).n_rows == 7
    with pytest.raises(ConflictError):
        space.delete_table(made.rows_table_id)
    assert made.portable().rows_table_id == ""
    space.delete_project(made.id)
    assert not space.tables()


def test_pictures_take_the_place_of_their_names(space: Space) -> None:
    """The table waits for the zip; then its column holds pictures, by name."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for i in range(12):
            picture = io.BytesIO()
            Image.fromarray(np.full((8, 8), i * 20, np.uint8)).save(picture, "PNG")
            archive.writestr(f"pictures/p{i}.png", picture.getvalue())
    text = "\n".join(["file,size", *(f"p{i}.png,{i}" for i in range(12))])
    project = space.create_project(space.put_table(text.encode(), "things.csv")).with_target("size")
    second = second_file.looked_at(space, project, sink.getvalue(), "pictures.zip")
    assert second.use == "pictures"
    made = second_file.with_pictures(space, space.save(project), second)
    assert (made.columns["file"].kind, made.columns["file"].role) == ("image", "feature")
    assert [column.name for column in made.columns.targets] == ["size"]
    assert made.columns["file"].image is not None
    assert (made.columns["file"].image.height, made.columns["file"].image.channels) == (8, 1)


def test_a_second_test_set_leaves_the_first_one_a_test_set(space: Space, project: Project) -> None:
    """Files that say their part keep it; more rows then train, and a packed file is no archive in an archive."""
    second = second_file.looked_at(space, project, TEST.encode(), "later.csv")
    made = space.save(second_file.as_test_set(space, project, second))
    third = second_file.looked_at(space, made, gzip.compress(TEST.encode()), "last.csv.gz")
    again = space.save(second_file.as_test_set(space, made, third))
    assert space.table(again.table_id).frame["file"].value_counts().to_dict() == {"train": 60, "test": 40}
    more = space.save(second_file.as_more_rows(space, again, third))
    assert space.table(more.table_id).frame["file"].value_counts().to_dict() == {"train": 80, "test": 40}
    assert more.columns.split_column == "file"
