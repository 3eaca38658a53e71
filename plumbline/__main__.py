"""`python -m plumbline`: the command line."""

from plumbline.cli import main
from plumbline.errors import run

if __name__ == "__main__":
    run(main)
