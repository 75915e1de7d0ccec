"""Attacks: adversaries, attacked sets, the protocol that identifies an attack; imports the family `images`."""
