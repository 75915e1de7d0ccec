"""Baselines of the family `noisy_labels`, and the kernel of instance-dependent noise."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("no-pi", "noisy-label-classification", "baseline", "cross-entropy on all noisy labels, no side information", "baselines.noisy_labels.cross_entropy:NoSideInformation"),
        ContenderEntry("label-smoothing", "noisy-label-classification", "baseline", "cross-entropy with labels smoothed by 0.1", "baselines.noisy_labels.cross_entropy:SmoothedLabels"),
        ContenderEntry("early-stopping", "noisy-label-classification", "baseline", "cross-entropy, weights of the lowest noisy validation loss", "baselines.noisy_labels.early_stopping:StoppedEarly"),
        ContenderEntry("majority-vote", "noisy-label-classification", "baseline", "cross-entropy on the majority of each image's labels", "baselines.noisy_labels.aggregation:MajorityVoting"),
        ContenderEntry("dawid-skene", "noisy-label-classification", "baseline", "cross-entropy on the labels of Dawid and Skene's EM", "baselines.noisy_labels.aggregation:ExpectedLabels"),
        ContenderEntry("crowd-layer", "noisy-label-classification", "baseline", "a confusion matrix for each annotator, trained end to end", "baselines.noisy_labels.crowd_layer:CrowdLayerClassifier"),
        ContenderEntry("confident-learning", "noisy-label-classification", "baseline", "cleanlab: likely label errors are dropped, then training again", "baselines.noisy_labels.confident_learning:ConfidentLearning"),
        ContenderEntry("pi-zero-imputation", "noisy-label-classification", "baseline", "network with side information, zeros at test time", "baselines.noisy_labels.privileged.pi_network:PIZeroImputation"),
        ContenderEntry("pi-mean-imputation", "noisy-label-classification", "baseline", "network with side information, its mean at test time", "baselines.noisy_labels.privileged.pi_network:PIMeanImputation"),
        ContenderEntry("full-marginalisation", "noisy-label-classification", "baseline", "network with side information, exact mean over the training labels'", "baselines.noisy_labels.privileged.pi_network:FullMarginalisation"),
        ContenderEntry("sampled-marginalisation", "noisy-label-classification", "baseline", "network with side information, mean over 1,000 drawn labels'", "baselines.noisy_labels.privileged.pi_network:SampledMarginalisation"),
        ContenderEntry("generalised-distillation", "noisy-label-classification", "baseline", "student of a network with side information", "baselines.noisy_labels.privileged.distillation:GeneralisedDistillation"),
        ContenderEntry("regression-no-pi", "privileged-regression", "baseline", "squared error without side information", "baselines.noisy_labels.privileged.regression:RegressionNoPI"),
        ContenderEntry("none", "prediction-calibration", "baseline", "the classifier's own probabilities", "baselines.noisy_labels.calibration.plain:Uncalibrated"),
        ContenderEntry("knn", "prediction-calibration", "baseline", "nearest confident neighbours", "baselines.noisy_labels.calibration.neighbours:NearestConfident"),
        ContenderEntry("rog", "prediction-calibration", "baseline", "RoG: robust discriminants of two layers", "baselines.noisy_labels.calibration.rog:RoG"),
        ContenderEntry("global-h", "prediction-calibration", "control", "one matrix H for all images", "baselines.noisy_labels.calibration.neighbours:GlobalH"),
        ContenderEntry("early-stopping-base", "prediction-calibration", "control", "the classifier stopped early, whatever is given", "baselines.noisy_labels.calibration.plain:EarlyStoppingBase"),
    ),
    kernels=(
        KernelEntry("instance-dependent-noise", "noisy labels that depend on the image", "baselines.noisy_labels.instance_noise_kernel:KERNEL"),
    ),
)  # fmt: skip
