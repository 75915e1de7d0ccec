"""Data-parallel SGD with compressed gradients: a communication hook for DDP and its parts.

    contract     interface of compressors         feedback    error feedback: unsent elements are kept
    pairs        (index, value) on the wire      selection   choice of the compressed buckets
    reduction    sums in order of ranks          worker      one rank's half of a step, without communication
    hook         the worker inside DDP           simulation  W workers in one process, the same bits
    group        joining, one model for all      launch      processes on this machine, with time limits
    training     a run of one rank               link_model  modelled step times on other networks
    stopwatch    parts of a step's time          accounting  cost of a run, as metrics
    tuning       the learning rate, by all ranks communication  a hook and its cost
    cost         measured cost of a compressor   preload     slow first uses, done once before a fork

Gradients are float32 and live on the CPU; the backend is gloo.
"""
