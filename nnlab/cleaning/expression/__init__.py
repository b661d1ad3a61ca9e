"""A small language for computed columns: read by a parser of its own, carried out cell by cell, never evaluated."""

from nnlab.cleaning.expression.carry_out import evaluated
from nnlab.cleaning.expression.functions import FUNCTIONS, Function
from nnlab.cleaning.expression.parser import LONGEST_EXPRESSION, columns_of, parsed, quoted

__all__ = ["FUNCTIONS", "LONGEST_EXPRESSION", "Function", "columns_of", "evaluated", "parsed", "quoted"]
