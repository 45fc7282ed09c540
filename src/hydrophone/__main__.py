"""`python -m hydrophone`."""

from hydrophone.cli import main

main()
