"""Images: arrays, readers, networks, and the base of protocols whose test images arrive after fit."""
