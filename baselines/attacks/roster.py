"""Baselines of the family `attacks`."""

from harness.contract.roster import ContenderEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("undefended", "attack-identification", "baseline", "the network under attack, alone", "baselines.attacks.attack_identification.contenders:Undefended"),
        ContenderEntry("nearest-subspace", "attack-identification", "baseline", "nearest subspace of the clean images", "baselines.attacks.attack_identification.contenders:NearestSubspace"),
        ContenderEntry("src", "attack-identification", "baseline", "SRC: l1 coding over the clean images", "baselines.attacks.attack_identification.contenders:SRC"),
        ContenderEntry("pca-denoising", "attack-identification", "baseline", "the undefended network after PCA", "baselines.attacks.attack_identification.contenders:PCADenoising"),
        ContenderEntry("tv-denoising", "attack-identification", "baseline", "the undefended network after total-variation denoising", "baselines.attacks.attack_identification.contenders:TVDenoising"),
        ContenderEntry("norm-ratio-detector", "attack-identification", "baseline", "attack family by norm ratios of the nearest subspace's residual", "baselines.attacks.attack_identification.contenders:NormRatioDetector"),
        ContenderEntry("adversarial-m1", "attack-identification", "baseline", "adversarial training in the l1 ball", "baselines.attacks.attack_identification.adversarial_contenders:AdversarialM1"),
        ContenderEntry("adversarial-m2", "attack-identification", "baseline", "adversarial training in the l2 ball", "baselines.attacks.attack_identification.adversarial_contenders:AdversarialM2"),
        ContenderEntry("adversarial-minf", "attack-identification", "baseline", "adversarial training in the linf ball", "baselines.attacks.attack_identification.adversarial_contenders:AdversarialMinf"),
        ContenderEntry("adversarial-avg", "attack-identification", "baseline", "adversarial training on the mean over the three balls", "baselines.attacks.attack_identification.adversarial_contenders:AdversarialAVG"),
        ContenderEntry("adversarial-max", "attack-identification", "baseline", "adversarial training on the worst of the three balls", "baselines.attacks.attack_identification.adversarial_contenders:AdversarialMAX"),
        ContenderEntry("adversarial-msd", "attack-identification", "baseline", "adversarial training by multi steepest descent", "baselines.attacks.attack_identification.adversarial_contenders:AdversarialMSD"),
    ),
)  # fmt: skip
