"""Structurally sparse lottery tickets: masks of magnitude pruning refilled by channel or regrouped into blocks.

Chen, Chen, Ma, Wang, Wang, Coarsening the Granularity: Towards Structurally Sparse Lottery Tickets, ICML 2022.
"""

from methods.structured_tickets.blocks import Block, block_profit, blocks_from_labels
from methods.structured_tickets.channel_scores import channel_scores
from methods.structured_tickets.columns import select_columns
from methods.structured_tickets.magnitude import collapsed_layers, prune_globally
from methods.structured_tickets.partition import partition_rows
from methods.structured_tickets.refill import refill
from methods.structured_tickets.regroup import RegroupResult, regroup, regroup_layers, scale_rule
from methods.structured_tickets.statistics import RegroupStats

__all__ = [
    "Block",
    "RegroupResult",
    "RegroupStats",
    "block_profit",
    "blocks_from_labels",
    "channel_scores",
    "collapsed_layers",
    "partition_rows",
    "prune_globally",
    "refill",
    "regroup",
    "regroup_layers",
    "scale_rule",
    "select_columns",
]
