"""Claims of NPC on the calibration tasks of suite `labels` and on its kernels, and questions of our own.

The paper's statements are second-hand, through a public summary; its figures are of CIFAR-10, Food-101,
Clothing-1M and all images of MNIST, so no size is compared. The ranked accuracy of a trial is the mean over all
classifiers of a draw: a pooled gain is the mean of the gains on each of them.
"""

from harness.claims.declaration import Claim
from harness.claims.quantities import Contrast, KernelSpeed, MeanDifference, Term, on_each

NO_CONTROL = "no figure is published for these classifiers, trained on 6,000 images of MNIST"
ANY_EFFECT = "an effect of any size: no published figure is of these classifiers and images"
OURS = "the paper does not ask this; an effect of any size would matter"

NOISES = {
    "sym20": "symmetric noise of 20 %",
    "sym50": "symmetric noise of 50 %",
    "asym40": "asymmetric noise of 40 %",
    "idn40": "instance-dependent noise of 40 %",
}
TASKS = tuple(f"calibrate-mnist-{noise}" for noise in NOISES)
BASES = ("ce", "es", "co_teaching", "jocor", "sce", "ls", "forward", "dualt", "tvr", "rel")
ESTIMATORS = {"forward": "Forward", "dualt": "DualT", "tvr": "TVR"}


def better(name: str, statement: str, against: str, metric: str = "", paper: bool = True) -> Claim:
    """Return the claim that NPC has the better mean over the four noises."""
    return Claim(
        name,
        statement,
        "superiority",
        on_each(TASKS, "npc", against, metric),
        reason=ANY_EFFECT if paper else OURS,
        minimal_units=5,
        provenance="second-hand" if paper else "ours",
        uncontrolled=NO_CONTROL,
    )


def gain_on(base: str) -> Contrast:
    """Return the gain of accuracy on one classifier, mean over the four noises."""
    metric, share = f"accuracy_on_{base}", 1 / len(TASKS)
    terms = [
        Term(sign * share, task, name, metric) for task in TASKS for sign, name in ((1.0, "npc"), (-1.0, "none"))
    ]
    return Contrast(f"gain of accuracy on {base}, mean over four noises", tuple(terms))


POOLED = Claim(
    "npc-raises-accuracy",
    "NPC raises the accuracy of classifiers trained on noisy labels, mean over classifiers and four noises",
    "superiority",
    on_each(TASKS, "npc", "none"),
    headline=True,
    reason=ANY_EFFECT,
    minimal_units=5,
    provenance="second-hand",
    uncontrolled=NO_CONTROL,
)

BY_NOISE = tuple(
    Claim(
        f"npc-raises-accuracy-{noise}",
        f"NPC raises the mean accuracy of the classifiers under {title}",
        "superiority",
        (MeanDifference(f"calibrate-mnist-{noise}", "npc", "none"),),
        reason=ANY_EFFECT,
        minimal_units=5,
        provenance="second-hand",
        uncontrolled=NO_CONTROL,
    )
    for noise, title in NOISES.items()
)

EACH_BASE = Claim(
    "npc-raises-accuracy-of-each-classifier",
    "NPC raises the accuracy of each classifier, mean over four noises",
    "superiority",
    tuple(gain_on(base) for base in BASES),
    combine="each",
    reason="341 of the paper's 351 cells improve significantly; here each classifier's mean over noises",
    minimal_units=5,
    provenance="second-hand",
    uncontrolled=NO_CONTROL,
)

POST_PROCESSORS = (
    better("npc-beats-knn", "NPC is more accurate than the nearest neighbours that its prior is made of", "knn"),
    better("npc-beats-rog", "NPC is more accurate than RoG", "rog"),
    better(
        "npc-beats-one-matrix",
        "A matrix for each image is more accurate than one matrix for all",
        "global-h",
        paper=False,
    ),
    better(
        "npc-on-ce-beats-early-stopping",
        "NPC on CE is more accurate than the classifier that was stopped early",
        "early-stopping-base",
        "accuracy_on_ce",
        paper=False,
    ),
)

TRANSITIONS = tuple(
    Claim(
        f"npc-estimates-transitions-better-than-{base.replace('_', '-')}",
        f"the transition matrix from NPC on {title} has a smaller error than the estimate of {title} itself",
        "superiority",
        on_each(TASKS, "npc", "none", f"transition_error_on_{base}"),
        reason=f"an effect of any size; the paper has .002 against .00{error} on CIFAR-10, instance-dependent 40 %",
        minimal_units=5,
        provenance="second-hand",
        uncontrolled=NO_CONTROL,
    )
    for (base, title), error in zip(ESTIMATORS.items(), (4, 4, 3), strict=True)
)

KERNELS = (
    Claim(
        "composition-is-5-times-faster-than-c-passes",
        "with ten classes one pass of the network is 5 times faster than ten",
        "faster",
        (KernelSpeed("npc-composition", "images=mnist-6k,classes=10,n=6000", "c passes"),),
        reason="the kernel's own target, set before it was timed; ten passes bound the factor by about 10",
        minimal_units=3,
        size=5.0,
        provenance="ours",
    ),
    Claim(
        "knn-prior-is-no-slower-than-scikit-learn",
        "the search for neighbours is at least as fast as scikit-learn's",
        "faster",
        (KernelSpeed("knn-prior", "images=mnist-6k,n=6000", "sklearn brute"),),
        reason="the kernel's own target, set before it was timed",
        minimal_units=3,
        size=1.0,
        provenance="ours",
    ),
)

CLAIMS = (POOLED, *BY_NOISE, EACH_BASE, *POST_PROCESSORS, *TRANSITIONS, *KERNELS)
