"""Noisy oriented gratings, the classical stimulus of vision research, whose class is the orientation.

The phase is random, so the mean image of every class is flat grey: no linear function of the pixels separates
the classes, while a layer of local filters and a non-linearity does.
"""

import numpy as np

from harness.contract.split import split_arrays
from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_folds
from harness.payload import Payload
from harness.seeds import stream


def gratings(entry: DatasetEntry) -> Payload:
    """Return sinusoidal gratings at equally spaced orientations, in turn.

    Pixel p of an image of class k of K is 1/2 + contrast/2 · cos(2π f ⟨p, (cos θ, sin θ)⟩ + φ) + noise, with
    θ = πk/K, f uniform within ``frequency`` (cycles a pixel), φ uniform, contrast uniform in 1/2..1 and Gaussian
    noise of deviation ``noise``; colour channels share the grating, each scaled by a random tint in 1/2..1.

    Options: ``images``, ``orientations``, ``side`` and ``channels`` (1 or 3) of an image, ``frequency`` (low,
    high), ``noise``, ``folds``.
    """
    options, generator = entry.options, stream("data", entry.name, entry.version)
    count, side, channels = options["images"], options["side"], options["channels"]
    targets = np.arange(count) % options["orientations"]
    angle = np.pi * targets / options["orientations"]
    low, high = options["frequency"]
    frequency = low + (high - low) * generator.random(count)
    phase = 2 * np.pi * generator.random(count)
    contrast = 0.5 + 0.5 * generator.random(count)
    y, x = np.mgrid[:side, :side]
    along = x * np.cos(angle)[:, None, None] + y * np.sin(angle)[:, None, None]
    waves = np.cos(2 * np.pi * frequency[:, None, None] * along + phase[:, None, None])  # (n, side, side)
    tints = 0.5 + 0.5 * generator.random((count, 1, 1, channels)) if channels > 1 else np.ones((count, 1, 1, 1))
    swing = 0.5 * contrast[:, None, None, None] * waves[..., None] * tints
    noise = options["noise"] * generator.standard_normal((count, side, side, channels))
    pixels = np.rint(255 * np.clip(0.5 + swing + noise, 0, 1)).astype(np.uint8)
    images = pixels if channels > 1 else pixels[..., 0]
    splits = stratified_folds(targets, options["folds"], entry.name, entry.version)
    arrays = {"images": images, "targets": targets, **split_arrays(splits)}
    return Payload(arrays, {"num_classes": options["orientations"]})
