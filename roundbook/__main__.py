"""`python -m roundbook` does what the command `roundbook` does."""

from roundbook.cli import main

main()
