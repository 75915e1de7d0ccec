"""Attacks: adversaries, attacked sets, and the protocol that identifies an attack."""
