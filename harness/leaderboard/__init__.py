"""Leaderboards: built from the run store, shown as text; `publish` writes markdown, CSV, JSON and LaTeX."""

from harness.leaderboard.board import build_board
from harness.leaderboard.terminal import render_terminal
from harness.tables.values import Board

__all__ = ["Board", "build_board", "render_terminal"]
