"""Peers of the coding tree: community detection and agglomerative clustering from well-known libraries."""
