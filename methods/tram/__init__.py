"""TRAM: side information of noisy labels trains the representation, and is marginalised by a second head.

Collier, Jenatton, Kokiopoulou, Berent, Transfer and Marginalize: Explaining Away Label Noise with Privileged
Information, ICML 2022.
"""
