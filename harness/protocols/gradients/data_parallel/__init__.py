"""Data-parallel SGD with compressed gradients: a communication hook for DDP, and what is around it.

    contract     what a compressor is            feedback    what was not sent is offered again
    pairs        (index, value) on the wire      selection   which buckets are compressed at all
    reduction    sums in order of ranks          worker      one rank's half of a step, without communication
    hook         the worker inside DDP           simulation  W workers in one process, the same bits
    group        joining, one model for all      launch      processes on this machine, with time limits
    training     a run of one rank               link_model  step times on networks that are not here
    stopwatch    where a step's time goes        accounting  what a run cost, as metrics
    tuning       the learning rate, by all ranks communication  a hook, and what it spent
    cost         what a compressor costs here    preload     what takes long on first use, used once

Gradients are float32 and live on the CPU; the backend is gloo.
"""
