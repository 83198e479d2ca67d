"""`python -m p4p`."""

from p4p.cli import main

main()
