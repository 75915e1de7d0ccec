"""SEP: hierarchical graph pooling by coding trees of minimal structural entropy.

Wu, Chen, Xu, Li, Structural Entropy Guided Graph Hierarchical Pooling, ICML 2022.
"""
