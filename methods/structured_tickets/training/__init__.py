"""From a trained network to a structured ticket and its measured speed.

    ticket           definition of a ticket: masks, blocks, share of weights inside blocks, fallbacks
    channels         Refill and Refill+;  responses: activations and gradients for their criteria
    groups           Regroup, after the last round or after every one (group-aware pruning)
    compilation      a trained ticket by blocks, CSR and dense

Pruning and retraining themselves are in the family `pruning`: `iterative_pruning` finds masks, a function of
this package returns the ticket of a round, `retrain` trains it from the round's rewound state.
"""
