"""Graph convolutions with one signature, ``convolution(x, level) -> x``."""

from typing import Literal, get_args

from torch import Tensor, nn

from harness.protocols.graphs.training.levels import GraphLevel, SparseLevel

ConvolutionKind = Literal["gcn", "gin", "gat", "sage", "cheb", "gatv2", "transformer"]


class GraphConvolution(nn.Module):
    """Kipf & Welling 2017: D^(-1/2) (A + I) D^(-1/2) X W + b, on a level of any kind.

    Shapes: (N, width_in) -> (N, width_out).
    """

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width_in, width_out)
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor, level: GraphLevel) -> Tensor:
        """Convolve; the cheaper of the two equal orders is taken."""
        if self.linear.in_features <= self.linear.out_features:
            return self.linear(level.propagate(x))
        return level.propagate(x @ self.linear.weight.T) + self.linear.bias


class IsomorphismConvolution(nn.Module):
    """Xu et al. 2019 (GIN) with eps = 0: MLP((A + I) X), MLP = Linear-ReLU-Linear-ReLU-BatchNorm."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(width_in, width_out),
            nn.ReLU(),
            nn.Linear(width_out, width_out),
            nn.ReLU(),
            nn.BatchNorm1d(width_out),
        )

    def forward(self, x: Tensor, level: SparseLevel) -> Tensor:
        """Convolve."""
        return self.mlp(level.aggregate(x))


class LibraryConvolution(nn.Module):
    """A layer of torch_geometric, called with the level's edges."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, level: SparseLevel) -> Tensor:
        """Convolve."""
        return self.layer(x, level.edge_index)


def convolution(kind: ConvolutionKind, width_in: int, width_out: int) -> nn.Module:
    """Return a new layer of the given kind.

    Raises:
        ValueError: `kind` is unknown.
    """
    if kind == "gcn":
        return GraphConvolution(width_in, width_out)
    if kind == "gin":
        return IsomorphismConvolution(width_in, width_out)
    if kind not in get_args(ConvolutionKind):
        raise ValueError(f"convolution {kind!r}: expected one of {', '.join(get_args(ConvolutionKind))}")
    return LibraryConvolution(_library_layer(kind, width_in, width_out))


def _library_layer(kind: ConvolutionKind, width_in: int, width_out: int) -> nn.Module:
    from torch_geometric import nn as layers

    if kind == "cheb":
        return layers.ChebConv(width_in, width_out, K=2)
    names = {"gat": "GATConv", "sage": "SAGEConv", "gatv2": "GATv2Conv", "transformer": "TransformerConv"}
    return getattr(layers, names[kind])(width_in, width_out)


def mlp_head(width_in: int, hidden: int, num_classes: int, dropout: float) -> nn.Sequential:
    """Return Linear-ReLU-Dropout-Linear-ReLU-Dropout-Linear: (B, width_in) -> logits (B, num_classes)."""
    return nn.Sequential(
        nn.Linear(width_in, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden // 2),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden // 2, num_classes),
    )
