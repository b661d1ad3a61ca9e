"""Pages that need a prepared table and cannot have it: each says why in a sentence, with the way to mend it."""

from __future__ import annotations

import pytest

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import primary, said


@pytest.mark.parametrize("name", ["network", "train"])
def test_without_a_target_a_page_asks_for_one(open_page: Open, space: Space, project: Project, name: str) -> None:
    """In a sentence, not in the four parts of an error, of which "none" is what came."""
    (target,) = project.columns.targets
    untold = space.save(project.with_column(target.name, role="feature"))
    page = open_page(name, project=untold.id)
    assert "A target is needed: the column to predict. Choose a column as the target." in said(page)
    assert primary(page) == ["Data"]
