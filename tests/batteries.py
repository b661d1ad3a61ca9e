"""How large the batteries of tests are: small by default, full under `scripts/test --thorough`."""

from __future__ import annotations

import os


def battery(small: int, full: int) -> int:
    """How many cases to try: `full` where NNLAB_THOROUGH is 1, else `small`."""
    return full if os.environ.get("NNLAB_THOROUGH") == "1" else small
