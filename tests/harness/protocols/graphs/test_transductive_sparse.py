"""Sparse products and the convolution on them, against dense algebra and torch_geometric."""

import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.nn import GCNConv

from harness.protocols.graphs.training import sparse
from harness.protocols.graphs.training.convolution import FullBatchConvolution
from harness.protocols.graphs.training.sparse import SparseMatrix, gcn_adjacency, membership, multiply_by_rows
from harness.protocols.graphs.training.transductive import NodeInputs
from tests.small_graphs import block_model


def random_matrix(rows: int, columns: int, density: float, seed: int) -> scipy.sparse.csr_matrix:
    generator = np.random.default_rng(seed)
    dense = generator.standard_normal((rows, columns)) * (generator.random((rows, columns)) < density)
    return scipy.sparse.csr_matrix(dense.astype(np.float32))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.sampled_from([0.0, 0.2, 1.0]), st.integers(0, 99)
)
def test_products_and_gradients_equal_dense_algebra(rows, columns, width, density, seed):
    matrix = random_matrix(rows, columns, density, seed)
    dense = torch.from_numpy(matrix.toarray())
    x = torch.randn(columns, width, generator=torch.Generator().manual_seed(seed), requires_grad=True)
    weight = torch.randn(rows, width, generator=torch.Generator().manual_seed(seed + 1))
    product = SparseMatrix.from_scipy(matrix) @ x
    torch.testing.assert_close(product, dense @ x)
    (gradient,) = torch.autograd.grad((product * weight).sum(), x)
    torch.testing.assert_close(gradient, dense.T @ weight)
    torch.testing.assert_close(SparseMatrix.from_scipy(matrix).T @ weight, dense.T @ weight)
    torch.testing.assert_close(SparseMatrix.from_scipy(matrix).T.T @ x, dense @ x)


def test_products_without_a_sparse_library_are_the_same(monkeypatch):
    matrix = random_matrix(9, 7, 0.3, 3)
    x = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    expected = SparseMatrix.from_scipy(matrix) @ x
    torch.testing.assert_close(multiply_by_rows(SparseMatrix.from_scipy(matrix).csr, x), expected)
    monkeypatch.setattr(sparse.torch.backends.mkl, "is_available", lambda: False)
    torch.testing.assert_close(SparseMatrix.from_scipy(matrix) @ x, expected)


def test_dropout_drops_the_same_entries_of_matrix_and_transpose():
    ones = scipy.sparse.csr_matrix(np.ones((40, 50), dtype=np.float32))
    matrix = SparseMatrix.from_scipy(ones)
    assert matrix.dropout(0.4, training=False) is matrix
    torch.manual_seed(0)
    dropped = matrix.dropout(0.4, training=True)
    dense, transpose = dropped @ torch.eye(50), dropped.T @ torch.eye(40)
    torch.testing.assert_close(dense, transpose.T)
    assert {round(v, 4) for v in dense.unique().tolist()} == {0.0, round(1 / 0.6, 4)}
    assert 0.35 < float((dense == 0).float().mean()) < 0.45


def test_dropout_of_a_symmetric_matrix_is_refused():
    matrix = SparseMatrix.from_scipy(scipy.sparse.csr_matrix(np.eye(3, dtype=np.float32)), symmetric=True)
    with pytest.raises(ValueError, match="symmetric"):
        matrix.dropout(0.5, training=True)


def test_only_square_matrices_can_be_promised_symmetric():
    with pytest.raises(ValueError, match=r"square.*\(2, 3\)"):
        SparseMatrix.from_scipy(scipy.sparse.csr_matrix((2, 3), dtype=np.float32), symmetric=True)


@pytest.mark.parametrize("sparse_input", [True, False])
def test_convolution_equals_torch_geometric(sparse_input):
    data = block_model(seed=4)
    inputs = NodeInputs.from_graph(data.graph)
    dense = torch.from_numpy(data.graph.dense_features())
    ours, theirs = FullBatchConvolution(data.graph.num_features, 6), GCNConv(data.graph.num_features, 6)
    with torch.no_grad():
        ours.bias.normal_()
        theirs.lin.weight.copy_(ours.weight.T)
        theirs.bias.copy_(ours.bias)
    out = ours(inputs.features if sparse_input else dense, inputs.adjacency)
    expected = theirs(dense, inputs.edge_index)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
    out.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.lin.weight.grad.T, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, rtol=1e-4, atol=1e-3)


def test_appended_sparse_columns_equal_concatenation():
    data = block_model(seed=1)
    inputs = NodeInputs.from_graph(data.graph)
    x = torch.randn(data.graph.num_nodes, 5)
    layer = FullBatchConvolution(5 + data.graph.num_features, 3)
    dense = torch.cat([x, torch.from_numpy(data.graph.dense_features())], dim=1)
    torch.testing.assert_close(
        layer(x, inputs.adjacency, inputs.features), layer(dense, inputs.adjacency), rtol=1e-5, atol=1e-5
    )


def test_isolated_nodes_only_see_themselves():
    adjacency = gcn_adjacency(np.array([[0, 1], [1, 0]]), 3)
    expected = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(adjacency @ torch.eye(3), expected)


def test_unpooled_pooled_ones_are_cluster_sizes():
    clusters = membership(np.array([2, 0, 0, 1, 0, 2]), 3)
    sizes = clusters @ (clusters.T @ torch.ones(6, 1))
    assert sizes.flatten().tolist() == [2, 3, 3, 1, 3, 2]


def test_parents_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"0\.\.1"):
        membership(np.array([0, 2]), 2)
