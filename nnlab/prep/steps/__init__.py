"""The steps of a recipe: one class each, found through the registry `steps`."""

from nnlab.prep.steps import clip, dates, impute, leave_out, one_hot, pixels, power, quantile, scale
from nnlab.prep.steps.base import FORMS, AnyStep, Array, Facts, Form, Learnt, Step, steps

__all__ = [
    "FORMS",
    "AnyStep",
    "Array",
    "Facts",
    "Form",
    "Learnt",
    "Step",
    "clip",
    "dates",
    "impute",
    "leave_out",
    "one_hot",
    "pixels",
    "power",
    "quantile",
    "scale",
    "steps",
]
