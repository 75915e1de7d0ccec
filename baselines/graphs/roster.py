"""Baselines and controls of the family `graphs`."""

from harness.contract.roster import ContenderEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("gcn-sum", "graph-classification", "baseline", "flat GCN, sum readout of every layer", "baselines.graphs.graph_classification.flat:GCNSum"),
        ContenderEntry("gcn-mean", "graph-classification", "baseline", "flat GCN, mean readout of every layer", "baselines.graphs.graph_classification.flat:GCNMean"),
        ContenderEntry("gin-sum", "graph-classification", "baseline", "flat GIN, sum readout of every layer", "baselines.graphs.graph_classification.flat:GINSum"),
        ContenderEntry("gin-mean", "graph-classification", "baseline", "flat GIN, mean readout of every layer", "baselines.graphs.graph_classification.flat:GINMean"),
        ContenderEntry("sagpool", "graph-classification", "baseline", "SAGPool, self-attention node dropping", "baselines.graphs.graph_classification.node_drop:SAGPool"),
        ContenderEntry("topkpool", "graph-classification", "baseline", "TopKPool, node dropping by projection", "baselines.graphs.graph_classification.node_drop:TopKPool"),
        ContenderEntry("asap", "graph-classification", "baseline", "ASAP, attention over ego clusters", "baselines.graphs.graph_classification.node_drop:ASAP"),
        ContenderEntry("diffpool", "graph-classification", "baseline", "DiffPool, learned dense assignment", "baselines.graphs.graph_classification.dense:DiffPool"),
        ContenderEntry("mincutpool", "graph-classification", "baseline", "MinCutPool, relaxed normalised cut", "baselines.graphs.graph_classification.dense:MinCutPool"),
        ContenderEntry("gmt", "graph-classification", "baseline", "GMT, graph multiset transformer", "baselines.graphs.graph_classification.gmt:GMT"),
        ContenderEntry("size-only", "graph-classification", "control", "node and edge counts, linear SVM", "baselines.graphs.graph_classification.size_only:SizeOnly"),
        ContenderEntry("gcn", "node-classification", "baseline", "two-layer GCN", "baselines.graphs.node_classification.convolutional:GCN"),
        ContenderEntry("gcn-published", "node-classification", "control", "two-layer GCN, the published recipe without a search", "baselines.graphs.node_classification.convolutional:PublishedGCN"),
        ContenderEntry("gat", "node-classification", "baseline", "graph attention network, 8 heads of 8", "baselines.graphs.node_classification.convolutional:GAT"),
        ContenderEntry("graph-u-net", "node-classification", "baseline", "Graph U-Net with TopK pooling", "baselines.graphs.node_classification.graph_u_net:GraphUNet"),
        ContenderEntry("features-only", "node-classification", "control", "MLP on node features, no edges", "baselines.graphs.node_classification.features_only:FeaturesOnly"),
        ContenderEntry("topk-ae", "graph-reconstruction", "baseline", "auto-encoder through TopKPool", "baselines.graphs.graph_reconstruction.node_drop:TopKAutoEncoder"),
        ContenderEntry("sag-ae", "graph-reconstruction", "baseline", "auto-encoder through SAGPool", "baselines.graphs.graph_reconstruction.node_drop:SAGAutoEncoder"),
        ContenderEntry("asap-ae", "graph-reconstruction", "baseline", "auto-encoder through ASAP", "baselines.graphs.graph_reconstruction.node_drop:ASAPAutoEncoder"),
        ContenderEntry("diffpool-ae", "graph-reconstruction", "baseline", "auto-encoder through DiffPool", "baselines.graphs.graph_reconstruction.dense:DiffPoolAutoEncoder"),
        ContenderEntry("mincut-ae", "graph-reconstruction", "baseline", "auto-encoder through MinCutPool", "baselines.graphs.graph_reconstruction.dense:MinCutAutoEncoder"),
    ),
)  # fmt: skip
