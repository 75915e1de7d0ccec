"""Lets ``python -m harness`` be the `bench` command."""

from harness.cli import main

main()
