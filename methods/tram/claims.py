"""Claims of TRAM on tasks and kernels of suite `labels`, and questions of our own.

Of the paper only the abstract could be read; it claims better results than baselines without a size. A later
replication (Provodin et al. 2024) found no gain of side information over zeros in its place. No figure is published
for these images and annotators, so there are no positive controls.
"""

from harness.claims.declaration import Claim
from harness.claims.quantities import KernelSpeed, MeanDifference

NO_CONTROL = "no figure is published for these images and simulated annotators"
NO_REGRESSION = "the replication shows curves without a table"
NO_SIZE = "the abstract claims superiority without a size"
ANY_EFFECT = "an effect of any size: the question is its direction"
HEAVY, HALF = "crowd-digits-75", "crowd-digits-50"
TRAINED, UNDERTRAINED = "privileged-sine-200", "privileged-sine-10"
TWO_POINTS = "two points, the standard error of five runs of these networks"

CLASSIFICATION = (
    Claim(
        "tram-beats-no-pi-at-the-last-epoch",
        "with 75 % bad annotators TRAM is more accurate after the last epoch than without side information",
        "superiority",
        (MeanDifference(HEAVY, "tram", "no-pi"),),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_CONTROL,
        headline=True,
    ),
    Claim(
        "tram-beats-imputation",
        "TRAM is more accurate than a network with side information that gets zeros, or its mean, at test time",
        "superiority",
        tuple(MeanDifference(HEAVY, "tram", against) for against in ("pi-zero-imputation", "pi-mean-imputation")),
        reason=NO_SIZE,
        minimal_units=5,
        combine="each",
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tram-beats-distillation",
        "TRAM is more accurate than generalised distillation",
        "superiority",
        (MeanDifference(HEAVY, "tram", "generalised-distillation"),),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "side-information-helps-tram",
        "TRAM is more accurate with side information than with zeros in its place",
        "superiority",
        (MeanDifference(HEAVY, "tram", "tram-zeros"),),
        reason=ANY_EFFECT,
        minimal_units=5,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "stop-gradient-helps-tram",
        "TRAM is more accurate than two heads that both train the body",
        "superiority",
        (MeanDifference(HEAVY, "tram", "tram-no-stop-gradient"),),
        reason=ANY_EFFECT,
        minimal_units=5,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tram-matches-full-marginalisation",
        "TRAM loses less than two points against exact marginalisation, at no cost at test time",
        "no worse",
        (MeanDifference(HEAVY, "tram", "full-marginalisation"),),
        reason=TWO_POINTS,
        minimal_units=5,
        margin=2.0,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "early-stopping-is-worth-more-than-tram",
        "early stopping on noisy validation labels is more accurate than TRAM after the last epoch",
        "superiority",
        (MeanDifference(HEAVY, "early-stopping", "tram"),),
        reason=ANY_EFFECT,
        minimal_units=5,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tram-equals-no-pi-with-half-the-annotators-bad",
        "with 50 % bad annotators TRAM and a network without side information differ by less than two points",
        "equal",
        (MeanDifference(HALF, "tram", "no-pi"),),
        reason=TWO_POINTS,
        minimal_units=5,
        margin=2.0,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
)

REGRESSION = (
    Claim(
        "tram-beats-no-pi-on-the-undertrained-sine",
        "after 10 steps TRAM is closer to the mean of y given x than regression without side information",
        "superiority",
        (MeanDifference(UNDERTRAINED, "regression-tram", "regression-no-pi"),),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_REGRESSION,
    ),
    Claim(
        "side-information-helps-regression",
        "after 200 steps TRAM is closer to the mean of y given x with side information than with zeros",
        "superiority",
        (MeanDifference(TRAINED, "regression-tram", "regression-tram-zeros"),),
        reason=ANY_EFFECT,
        minimal_units=5,
        provenance="ours",
        uncontrolled=NO_REGRESSION,
    ),
)

KERNELS = (
    Claim(
        "tram-adds-little-to-a-training-step",
        "on the convolutional network a training step takes at most 1.15 times that without side information",
        "faster",
        (KernelSpeed("tram-step", "network=mnist-convolutions,images=mnist,labels=2", "no-pi"),),
        reason="the abstract claims a negligible overhead without a figure; 15 % is the design target",
        minimal_units=3,
        size=1 / 1.15,
    ),
    Claim(
        "marginalisation-is-5-times-faster-than-naive",
        "the compiled marginal over 1,000 vectors is 5 times faster than one tensor of all pairs",
        "faster",
        (KernelSpeed("pi-marginalisation", "embeddings=digits,images=256,vectors=1000,of=drawn", "naive"),),
        reason="design target, set before it was timed",
        minimal_units=3,
        size=5.0,
        provenance="ours",
    ),
)

CLAIMS = (*CLASSIFICATION, *REGRESSION, *KERNELS)
