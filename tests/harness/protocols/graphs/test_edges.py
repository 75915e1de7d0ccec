"""Canonical undirected edges against networkx."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.graphs.readers.edges import as_codes, degrees, undirected_edges

NODES = 7
ENDS = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=30)


@given(ENDS)
def test_equals_the_simple_graph_of_networkx(ends: list[tuple[int, int]]) -> None:
    graph = networkx.Graph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from((a, b) for a, b in ends if a != b)
    pairs = np.array(ends, dtype=np.int64).reshape(-1, 2)
    edges = undirected_edges(pairs[:, 0], pairs[:, 1], NODES)
    expected = sorted([(a, b) for a, b in graph.edges] + [(b, a) for a, b in graph.edges])
    assert edges.T.tolist() == [list(edge) for edge in expected]
    assert edges.dtype == np.int64
    assert degrees(edges, NODES).tolist() == [graph.degree[node] for node in range(NODES)]


def test_refuses_nodes_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match=r"0\.\.2"):
        undirected_edges(np.array([0]), np.array([3]), 3)
    with pytest.raises(ValueError, match="-1"):
        undirected_edges(np.array([-1]), np.array([0]), 3)


def test_codes_are_ranks_of_distinct_values() -> None:
    codes, distinct = as_codes(np.array([7, 3, 7, 10]))
    assert (codes.tolist(), distinct) == ([1, 0, 1, 2], 3)
