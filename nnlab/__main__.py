"""`python -m nnlab COMMAND`: the same calls the pages make."""

import sys

from nnlab.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
