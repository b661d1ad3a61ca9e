"""The steps of cleaning: one class each, found through the registry `cleaning_steps`."""

from nnlab.cleaning.step import AnyCleaningStep, CleaningStep, cleaning_steps
from nnlab.cleaning.steps.compute_column import ComputeColumn
from nnlab.cleaning.steps.drop_duplicates import DropDuplicates
from nnlab.cleaning.steps.fill_down import FillDown
from nnlab.cleaning.steps.join_columns import JoinColumns
from nnlab.cleaning.steps.merge_spellings import MergeSpellings, Spelling
from nnlab.cleaning.steps.replace_pattern import ReplacePattern
from nnlab.cleaning.steps.replace_values import Replacement, ReplaceValues
from nnlab.cleaning.steps.rows_where import DropRows, KeepRows
from nnlab.cleaning.steps.split_column import SplitColumn

__all__ = [
    "AnyCleaningStep",
    "CleaningStep",
    "ComputeColumn",
    "DropDuplicates",
    "DropRows",
    "FillDown",
    "JoinColumns",
    "KeepRows",
    "MergeSpellings",
    "ReplacePattern",
    "ReplaceValues",
    "Replacement",
    "Spelling",
    "SplitColumn",
    "cleaning_steps",
]
