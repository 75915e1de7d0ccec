"""Every contender of the project, one line each: name, protocol, kind, title and where its class is."""

from typing import Literal

Kind = Literal["method", "baseline", "control", "plug-in"]

ROSTER: tuple[tuple[str, str, Kind, str, str], ...] = (
    ("sep-g", "graph-classification", "method", "SEP-G: pooling by coding trees of minimal structural entropy", "methods.sep.graph_classification:SEPG"),
    ("sep-g-random-tree", "graph-classification", "control", "SEP-G on random trees with the same level sizes", "methods.sep.controls:SEPGRandomTree"),
    ("sep-g-louvain", "graph-classification", "control", "SEP-G on Louvain levels", "methods.sep.controls:SEPGLouvain"),
    ("gcn-sum", "graph-classification", "baseline", "flat GCN, sum readout of every layer", "baselines.graph_classification.flat:GCNSum"),
    ("gcn-mean", "graph-classification", "baseline", "flat GCN, mean readout of every layer", "baselines.graph_classification.flat:GCNMean"),
    ("gin-sum", "graph-classification", "baseline", "flat GIN, sum readout of every layer", "baselines.graph_classification.flat:GINSum"),
    ("gin-mean", "graph-classification", "baseline", "flat GIN, mean readout of every layer", "baselines.graph_classification.flat:GINMean"),
    ("sagpool", "graph-classification", "baseline", "SAGPool, self-attention node dropping", "baselines.graph_classification.node_drop:SAGPool"),
    ("topkpool", "graph-classification", "baseline", "TopKPool, node dropping by projection", "baselines.graph_classification.node_drop:TopKPool"),
    ("asap", "graph-classification", "baseline", "ASAP, attention over ego clusters", "baselines.graph_classification.node_drop:ASAP"),
    ("diffpool", "graph-classification", "baseline", "DiffPool, learned dense assignment", "baselines.graph_classification.dense:DiffPool"),
    ("mincutpool", "graph-classification", "baseline", "MinCutPool, relaxed normalised cut", "baselines.graph_classification.dense:MinCutPool"),
    ("gmt", "graph-classification", "baseline", "GMT, graph multiset transformer", "baselines.graph_classification.gmt:GMT"),
    ("size-only", "graph-classification", "control", "node and edge counts, linear SVM", "baselines.graph_classification.size_only:SizeOnly"),
    ("sep-n", "node-classification", "method", "SEP-N: U-Net over coding-tree levels", "methods.sep.node_classification:SEPN"),
    ("sep-n-random-tree", "node-classification", "control", "SEP-N on a random tree with the same level sizes", "methods.sep.node_controls:SEPNRandomTree"),
    ("sep-n-louvain", "node-classification", "control", "SEP-N on Louvain levels", "methods.sep.node_controls:SEPNLouvain"),
    ("gcn", "node-classification", "baseline", "two-layer GCN", "baselines.node_classification.convolutional:GCN"),
    ("gat", "node-classification", "baseline", "graph attention network, 8 heads of 8", "baselines.node_classification.convolutional:GAT"),
    ("graph-u-net", "node-classification", "baseline", "Graph U-Net with TopK pooling", "baselines.node_classification.graph_u_net:GraphUNet"),
    ("features-only", "node-classification", "control", "MLP on node features, no edges", "baselines.node_classification.features_only:FeaturesOnly"),
    ("sep-u", "graph-reconstruction", "method", "auto-encoder through the lowest coding-tree level", "methods.sep.reconstruction:SEPU"),
    ("topk-ae", "graph-reconstruction", "baseline", "auto-encoder through TopKPool", "baselines.graph_reconstruction.node_drop:TopKAutoEncoder"),
    ("sag-ae", "graph-reconstruction", "baseline", "auto-encoder through SAGPool", "baselines.graph_reconstruction.node_drop:SAGAutoEncoder"),
    ("asap-ae", "graph-reconstruction", "baseline", "auto-encoder through ASAP", "baselines.graph_reconstruction.node_drop:ASAPAutoEncoder"),
    ("diffpool-ae", "graph-reconstruction", "baseline", "auto-encoder through DiffPool", "baselines.graph_reconstruction.dense:DiffPoolAutoEncoder"),
    ("mincut-ae", "graph-reconstruction", "baseline", "auto-encoder through MinCutPool", "baselines.graph_reconstruction.dense:MinCutAutoEncoder"),
)  # fmt: skip
