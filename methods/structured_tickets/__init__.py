"""Structurally sparse lottery tickets: masks of magnitude pruning refilled by channel or regrouped into blocks.

Chen, Chen, Ma, Wang, Wang, Coarsening the Granularity: Towards Structurally Sparse Lottery Tickets, ICML 2022.
"""
