"""Coding trees: greedy minimisation of structural entropy at a fixed height (SEP, ICML 2022)."""

from methods.sep.coding_tree.build import build_forest, build_tree
from methods.sep.coding_tree.cache import cached_forest
from methods.sep.coding_tree.controls import louvain_forest, random_forest
from methods.sep.coding_tree.entropy import level_entropies, one_dimensional_entropy, structural_entropy
from methods.sep.coding_tree.graph import DisjointGraphs, Graph, from_edges
from methods.sep.coding_tree.levels import LevelEdges, coarsened_edges, level_edges
from methods.sep.coding_tree.objective import Backend, Components, Mode, Priority
from methods.sep.coding_tree.refine import refine
from methods.sep.coding_tree.tree import CodingForest, CodingTree

__all__ = [
    "Backend",
    "CodingForest",
    "CodingTree",
    "Components",
    "DisjointGraphs",
    "Graph",
    "LevelEdges",
    "Mode",
    "Priority",
    "build_forest",
    "build_tree",
    "cached_forest",
    "coarsened_edges",
    "from_edges",
    "level_edges",
    "level_entropies",
    "louvain_forest",
    "one_dimensional_entropy",
    "random_forest",
    "refine",
    "structural_entropy",
]
