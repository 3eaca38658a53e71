"""`python -m plumbline`: the command line."""

import os
import signal
import sys

from plumbline.cli import main
from plumbline.errors import run

if __name__ == "__main__":
    try:
        run(main)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except BrokenPipeError:  # who reads has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
