"""Peers of block inference on the same arrays: the implementations of common libraries.

A layer's data are ``images`` (N, c_in, H, W), a masked ``weight`` (c_out, c_in, kh, kw), its ``blocks`` and a
``padding``; a network's are ``images``, ``stages`` and ``head``. Weights are converted before the timed call.
"""
