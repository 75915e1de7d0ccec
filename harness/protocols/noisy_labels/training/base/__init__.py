"""Training of the classifiers whose predictions are calibrated: ten methods of learning from noisy labels."""
