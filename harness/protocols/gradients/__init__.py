"""Gradient compression: data-parallel training in real processes, bytes and times measured."""
