"""Baselines for classifying attacked images and identifying the attack.

Every classifier of signals has ``classify(signals)``: (n, d) -> class labels, int64 (n,).

    undefended             the network under attack, alone
    nearest_subspace       principal directions of each class; least residual
    sparse_representation  l1 coding over all images (SRC); least class residual
    denoising              PCA or total variation in front of the undefended network
    norm_ratio_detector    the attack family by logistic regression on three features of a residual
    adversarial_training   M1, M2, Minf on one norm; AVG, MAX, MSD on their union
"""
