"""Kernels: timed functions with a reference, fast implementations, peers and a physical limit.

declare   contract.py    Kernel, KernelCase, Implementation, KernelCost, Target: the declaration of a kernel
measure   process.py     one fresh process: check, warm up, then interleaved rounds of every implementation
          clock.py       rounds in ABBA order with a budget
          threads.py     the same number of threads for torch, numba and BLAS
          limits.py      the machine's read bandwidth and matrix-product rate, in the same process; roofline.py
drive     session.py     fresh processes, as many as the profile has; a record for each case and process
read      results.py     records -> ratios with intervals, growth, fractions of the limit, targets met
"""
