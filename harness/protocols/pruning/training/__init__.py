"""Training under pruning masks, shared by the methods that find masks and by the baselines they are compared with.

images, sgd      labelled images and their batches; SGD that keeps masked weights at zero, its schedule, accuracy
layers, masks    prunable layers of a network; masks by parameter name, and their density
selection        the largest scores of all layers together; numbers of weights that survive a density or a round
channels         dropping whole output channels by score; the batch norm that follows a layer
rewinding        the full state of a network, kept and restored bit for bit
iterative        iterative magnitude pruning with rewinding
retraining       training with masks, from rewound weights
networks         networks by name;  problem: images, network, schedule and levels of a trial
live             live weights, which lie on a path from inputs to outputs
first_fit        choice of the pruning round of a level;  matching: the ticket nearest to it
tickets          results of a contender, and their checks;  evaluation: all its levels as one model
folding, shrinking, shrunk, compressed_rows    ways to compute a trained network
wall_clock, speed    their seconds, relative to those of the dense network
"""
