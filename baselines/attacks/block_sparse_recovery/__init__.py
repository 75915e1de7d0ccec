"""Peers of block-sparse recovery: solvers of the same convex programs from well-known libraries."""
