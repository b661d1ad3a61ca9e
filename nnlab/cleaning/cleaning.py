"""The list of cleaning steps of a project, as a value, and what a model needs of a raw row because of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from pydantic import Field

from nnlab.cleaning.steps import AnyCleaningStep, CleaningStep
from nnlab.errors import NnlabError
from nnlab.spec import Spec

CLEANING_VERSION = 1  # raise it whenever the same steps would make another table of the same one
MOST_STEPS = 200


class Cleaning(Spec):
    """What is done to a table as it was read, one step after another, before kinds, split and preparation.

    Value steps hold for rows to predict as well; filters never drop one of those. The file stays as it is.
    """

    steps: tuple[AnyCleaningStep, ...] = Field(
        (), max_length=MOST_STEPS, description="The steps in order; each sees what the one before it left."
    )

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def identity(self) -> str:
        """64 hexadecimal digits that name what the steps do; empty without any, so that a table keeps its id then."""
        if not self.steps:
            return ""
        return hashlib.sha256(f"{CLEANING_VERSION} {self.to_json()}".encode()).hexdigest()

    @property
    def value_steps(self) -> tuple[CleaningStep, ...]:
        """The steps that hold for rows to predict as well."""
        return tuple(step for step in self.steps if not step.is_filter)

    def added(self, *steps: CleaningStep) -> Cleaning:
        """The same list with further steps at its end."""
        return self.having(steps=(*self.steps, *steps))

    def changed(self, place: int, step: CleaningStep) -> Cleaning:
        """The same list with another step in a place, from 0."""
        return self.having(steps=(*self.steps[:place], step, *self.steps[place + 1 :]))

    def without(self, place: int) -> Cleaning:
        """The same list without the step in a place, from 0."""
        return self.having(steps=self.steps[:place] + self.steps[place + 1 :])

    def moved(self, place: int, to: int) -> Cleaning:
        """The same list with a step moved to another place; one beyond the ends is the end."""
        left = list(self.steps)
        left.insert(max(0, min(len(left) - 1, to)), left.pop(place))
        return self.having(steps=tuple(left))

    def in_place(self, place: int) -> str:
        """Where a step stands, as errors name it: "cleaning step 2, replace_values"."""
        return f"cleaning step {place + 1}, {self.steps[place].kind}"

    def raw_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The columns of the file that are needed to know these columns after the value steps, in order of need."""
        names = dict.fromkeys(wanted)
        for step in self.needed_steps(names)[::-1]:
            for made in step.makes:
                names.pop(made, None)
            names |= dict.fromkeys(step.reads)
        return tuple(names)

    def raw_reads(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Of the file's columns that are needed: those that a value step reads, and that are not just taken over."""
        names = tuple(wanted)
        read = {name for step in self.needed_steps(names) for name in step.reads}
        return tuple(name for name in self.raw_names(names) if name in read)

    def read_of_targets(self, features: Iterable[str], targets: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The features that steps make of what is to be predicted, each with the targets that it is made of."""
        found, asked = dict[str, tuple[str, ...]](), tuple(targets)
        for feature in features:
            read = {name for step in self.needed_steps([feature]) for name in step.reads}
            told = tuple(name for name in asked if name in read and name != feature)
            if told:
                found[feature] = told
        return found

    def needed_steps(self, wanted: Iterable[str]) -> tuple[CleaningStep, ...]:
        """The value steps that any of these columns depends on, in order."""
        names, found = set(wanted), []
        for step in reversed(self.value_steps):
            if names.isdisjoint((*step.makes, *step.changes)):
                continue
            step = step.only_for(names)
            found.append(step)
            names = (names - set(step.makes)) | set(step.reads)
        return tuple(reversed(found))

    def follow(self, names: Sequence[str]) -> tuple[list[str], list[NnlabError | None]]:
        """The columns after all steps that can follow on these, and why each step that cannot does not."""
        left, problems = list(names), list[NnlabError | None]()
        for step in self.steps:
            try:
                step.check(left)
            except NnlabError as error:
                problems.append(error)
                continue
            problems.append(None)
            left = [name for name in left if name not in step.removes] + list(step.makes)
        return left, problems
