"""Inference with block-sparse convolutions on a CPU: structured tickets made fast.

    geometry, layout            shapes of a convolution; position of the batch dimension in memory
    row_blocks, packing         blocks -> groups of rows with equal columns -> contiguous weights
    micro_kernel, product       the compiled product of packed weights with an image, tile by tile
    block_conv, block_linear    layers on it;  unfold, csr, dense: other implementations of layers
    dispatch                    the fastest implementation of a layer, by measurement
    network, plan               the fastest route through a network;  sequential, stages, pooling: its parts
    kernel, timed               the declared kernel;  ticket_network, reference: its data and their expected results

Source of the idea: Chen et al., Coarsening the Granularity: Towards Structurally Sparse Lottery Tickets, ICML 2022.
"""
