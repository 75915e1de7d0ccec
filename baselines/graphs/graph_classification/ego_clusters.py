"""ASAP pooling (Ranjan, Sanyal & Talukdar, AAAI 2020) on compressed sparse rows.

It computes the output of torch_geometric's ``ASAPooling`` from that layer's parameters, with attention scores and
fitness as sums of two numbers a vertex instead of products of wide vectors an edge. Rows are gathered by
``index_select``, whose gradient is several times faster on a CPU than that of indexing with a tensor.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.graphs.training.levels import SparseLevel, pointer
from harness.protocols.graphs.training.networks import Pooled


class EgoClusterPooling(nn.Module):
    """Cluster each vertex with its neighbours by attention, keep the fittest share of the clusters.

    Two kept clusters are adjacent where a member of one is or neighbours a member of the other.

    Args:
        layer: an ``ASAPooling`` without dropout and without intra-cluster network; owns the parameters.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, level: SparseLevel) -> Pooled:
        """Pool (N, C) to (kept, C)."""
        rows, columns = level.rows, level.columns
        members = x.index_select(0, columns)  # (nnz, C), the members of each row's cluster
        attention = self._attention(x, members, level)
        clusters = torch.zeros_like(x).index_add(0, rows, members * attention[:, None])
        fitness = self._fitness(clusters, level).sigmoid()
        kept = self.layer.select(fitness, level.owner).node_index
        chosen = clusters.index_select(0, kept) * fitness.index_select(0, kept)[:, None]
        return Pooled(chosen, coarsened(level, kept))

    def _attention(self, x: Tensor, members: Tensor, level: SparseLevel) -> Tensor:
        """Softmax over each cluster of LeakyReLU(w [Linear(max of members) | member]), shape (nnz,)."""
        rows, width = level.rows, x.shape[1]
        centre = torch.segment_reduce(members, "max", offsets=level.row_pointer, axis=0)
        weight = self.layer.att.weight[0]
        of_cluster = self.layer.lin(centre) @ weight[:width] + self.layer.att.bias
        of_member = x @ weight[width:]
        score = F.leaky_relu(
            of_cluster.index_select(0, rows) + of_member.index_select(0, level.columns), self.layer.negative_slope
        )
        largest = torch.segment_reduce(score.detach(), "max", offsets=level.row_pointer)
        exponential = (score - largest[rows]).exp()
        total = torch.zeros(level.num_nodes, device=x.device).index_add(0, rows, exponential)
        return exponential / (total.index_select(0, rows) + 1e-16)

    def _fitness(self, clusters: Tensor, level: SparseLevel) -> Tensor:
        """LEConv: the sum over members j of i of (a_j - b_i), plus a linear function of cluster i, shape (N,)."""
        convolution = self.layer.gnn_score
        a, b = convolution.lin1(clusters), convolution.lin2(clusters)
        sizes = level.row_pointer.diff()[:, None]
        return (level.aggregate(a) - sizes * b + convolution.lin3(clusters)).squeeze(1)


@torch.no_grad()
def coarsened(level: SparseLevel, kept: Tensor) -> SparseLevel:
    """Return the level of the kept clusters: the pattern of S^T (A + I) S without its diagonal.

    Row i of S is the cluster of vertex i, the pattern of A + I; S keeps the columns `kept`, grouped by graph.
    """
    starts = level.row_pointer[kept]
    counts = level.row_pointer[kept + 1] - starts
    row_pointer = pointer(counts)
    owner = torch.repeat_interleave(counts)
    positions = torch.arange(len(owner), device=kept.device) + (starts - row_pointer[:-1])[owner]
    members = torch.sparse_csr_tensor(
        row_pointer.int(),
        level.columns[positions].int(),
        torch.ones(len(positions), device=kept.device),
        (len(kept), level.num_nodes),
        check_invariants=False,
    )
    reached = members @ level.with_loops.csr  # two clusters touch where their members' neighbourhoods meet
    pattern = (reached @ members.t().to_sparse_csr()).to_sparse_coo()
    return SparseLevel.from_edges(pattern.indices(), level.owner[kept], level.num_graphs)
