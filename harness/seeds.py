"""Random streams as pure functions of named parts, so that no method ever needs a global seed."""

from hashlib import blake2b

import numpy as np

MAX_SEED = 2**32 - 1


def derive_seed(*parts: object) -> int:
    """Return a 63-bit seed that depends on every part and on their order."""
    digest = blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def stream(*parts: object) -> np.random.Generator:
    """Return numpy's default generator seeded by :func:`derive_seed`."""
    return np.random.default_rng(derive_seed(*parts))
