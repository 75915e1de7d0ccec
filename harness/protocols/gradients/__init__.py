"""Gradient compression: training in real processes, bytes and times measured; imports the family `images`."""
