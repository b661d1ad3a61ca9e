"""The cleaning room: the steps between a table as it was read and the table that is learnt from."""

from nnlab.cleaning.clean import Cleaned, carried_out, cleaned
from nnlab.cleaning.cleaning import CLEANING_VERSION, Cleaning
from nnlab.cleaning.condition import Condition
from nnlab.cleaning.done import Done, Example
from nnlab.cleaning.steps import AnyCleaningStep, CleaningStep, cleaning_steps

__all__ = [
    "CLEANING_VERSION",
    "AnyCleaningStep",
    "Cleaned",
    "Cleaning",
    "CleaningStep",
    "Condition",
    "Done",
    "Example",
    "carried_out",
    "cleaned",
    "cleaning_steps",
]
