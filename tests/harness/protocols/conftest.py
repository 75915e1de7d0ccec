"""Fixtures that tests of readers share with those of the data rooms."""

from tests.harness.data.conftest import access, declare, server, toy_entry, toy_file

__all__ = ["access", "declare", "server", "toy_entry", "toy_file"]
