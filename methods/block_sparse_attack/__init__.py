"""Class and attack of an attacked input by block-sparse recovery in two dictionaries.

Thaker, Giampouras, Vidal, Reverse Engineering lp Attacks: A Block-sparse Optimization Approach with Recovery
Guarantees, ICML 2022.
"""
