"""Extended Yale B (Georghiades et al. 2001; Lee et al. 2005): 38 faces under up to 64 lights, cropped, 32 x 32."""

from pathlib import Path

import numpy as np

from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.images.arrays import check_targets
from harness.protocols.images.readers.lights import recognised_lights, shared_lights_first
from harness.protocols.images.readers.splits import image_payload, split_by_position
from harness.seeds import stream

SIDE = 32
FILE = "YaleB_32x32.mat"


def read(folder: Path, entry: DatasetEntry) -> Payload:
    """Read ``YaleB_32x32.mat`` (MATLAB 5) with `scipy.io.loadmat`.

    It holds ``features`` (1024, n) uint8, one image a column, pixels column by column as MATLAB stores them, and
    ``Label`` (1, n), subjects from 1. Images are put in order: by subject, each first under the same lights
    (:func:`shared_lights_first`). Options: ``classes``; ``shared``, the number of these lights, drawn with a fixed
    seed; ``train`` and ``valid``, images of a subject in this order; the others test. A dictionary of the first
    `shared` images or fewer shows all subjects under the same lights, as the published one does; otherwise it
    separates lights as well as faces. The other images are drawn for each subject by itself.

    Raises:
        DataCorrupted: no MATLAB file, or its arrays are not these.
    """
    from scipy.io import loadmat

    options = entry.options
    try:
        content = loadmat(folder / FILE, variable_names=("features", "Label"))
        columns, labels = content["features"], content["Label"]
        if columns.ndim != 2 or len(columns) != SIDE * SIDE or columns.dtype != np.uint8:
            raise ValueError(f"features must be ({SIDE * SIDE}, n) uint8, got {columns.dtype} {columns.shape}")
        targets = labels.ravel().astype(np.int64) - 1
        check_targets(targets, columns.shape[1], options["classes"])
        images = upright(columns)
        random = stream("order of lights", entry.name, entry.version)
        order = shared_lights_first(recognised_lights(images, targets), targets, options["shared"], random)
        images, targets = images[order], targets[order]
        split = split_by_position(targets, options["train"], options["valid"])
    except Exception as error:  # loadmat raises many kinds of errors for a damaged file
        raise DataCorrupted(f"{entry.name}: {FILE} cannot be read: {type(error).__name__}: {error}") from error
    folds = (
        f"{options['train']} images a subject train, {options['shared']} of them under the same lights for all "
        f"subjects; {options['valid']} validate, the others test; drawn with a fixed seed"
    )
    return image_payload(images, targets, [split], options["classes"], "scipy.io.loadmat", folds)


def upright(columns: np.ndarray) -> np.ndarray:
    """Return images (n, 32, 32) from columns (1024, n) that hold each image column by column."""
    return np.ascontiguousarray(columns.reshape(SIDE, SIDE, -1, order="F").transpose(2, 0, 1))
