"""`python -m plumbline`: the command line."""

import signal
import sys

from plumbline.cli import main
from plumbline.errors import run

if __name__ == "__main__":
    try:
        run(main)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
