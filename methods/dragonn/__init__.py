"""DRAGONN: gradients sparsified by a hash table.

Wang, Xu, Wu, Shrivastava, Ng, DRAGONN: Distributed Randomized Approximate Gradients of Neural Networks, ICML 2022.
"""
