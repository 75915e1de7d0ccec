"""Claims of the paper on block-sparse attack identification on tasks of suite `robust`, and questions of our own.

The paper's figures are those of the plotting script in the authors' repository (MNIST, 100 test images, 200 atoms a
class), not of its printed tables; those of adversarial training are quoted there from the work on robust unions. On
`attacks-mnist` the radii are theirs (l1 10, l2 2, linf 0.3), the dictionary is a quarter of theirs and the network
has two convolutions, not four.
"""

from harness.claims.declaration import Claim, Control, Reported
from harness.claims.quantities import Contrast, KernelSpeed, MeanDifference, MeanLevel, Term

MNIST, YALE = "attacks-mnist", "attacks-yale"
FAMILIES = ("l1", "l2", "linf")
NO_CONTROL = "no figure is published for these networks and images"
NO_SIZE = "the paper shows a difference without claiming a size"
OTHER_SIZES = "ten points: another dictionary size and network, and figures of 100 images (standard error 4 to 5)"

CLEAN = Control(
    MNIST,
    "undefended",
    97.0,
    99.6,
    "98.99 in the authors' script; small convolutional networks on MNIST",
    "second-hand",
    "accuracy_clean",
)

FACES = Control(
    YALE,
    "sbsc-convex",
    80.0,
    97.0,
    "85 to 87 in earlier runs of ours at alpha .01 and .001; 88 to 92 for the nearest subspace of the same images",
    "ours",
    "accuracy_clean",
)


def by_attack(task: str, contender: str, against: str) -> tuple[MeanDifference, ...]:
    """Return the difference of two contenders under each attack."""
    return tuple(MeanDifference(task, contender, against, f"accuracy_{family}") for family in FAMILIES)


def loss(task: str, contender: str, sign: float) -> tuple[Term, Term]:
    """Return the terms of the accuracy that attacks cost a contender: on clean images minus on attacked ones."""
    return Term(sign, task, contender, "accuracy_clean"), Term(-sign, task, contender, "accuracy")


UNDEFENDED = tuple(
    Claim(
        f"sbsc-beats-undefended-{family}-mnist",
        f"SBSC classifies MNIST images under {family} attacks more accurately than the undefended network",
        "superiority",
        (MeanDifference(MNIST, "sbsc", "undefended", f"accuracy_{family}"),),
        reason=NO_SIZE,
        minimal_units=3,
        reported=Reported(gain, provenance="second-hand"),
        controls=(CLEAN,),
    )
    for family, gain in (("l1", 40.0), ("l2", 36.3), ("linf", 53.5))
)

NUMBERS = tuple(
    Claim(
        f"sbsc-reaches-{family}-mnist",
        f"SBSC classifies {value:g} % of MNIST images under {family} attacks",
        "number",
        (MeanLevel(MNIST, "sbsc", f"accuracy_{family}"),),
        reason=OTHER_SIZES,
        minimal_units=3,
        margin=10.0,
        reported=Reported(value, n=1, provenance="second-hand"),
        controls=(CLEAN,),
    )
    for family, value in (("l1", 82.0), ("l2", 81.0), ("linf", 56.0))
)

SUBSPACES = tuple(
    Claim(
        f"sbsc-beats-nearest-subspace-{place}",
        f"SBSC classifies attacked {title} images more accurately than the nearest subspace of the same images",
        "superiority",
        (MeanDifference(task, "sbsc", "nearest-subspace"),),
        reason="the gain of the attack dictionary over the images alone, of any size",
        minimal_units=3,
        provenance="ours",
        controls=controls,
    )
    for place, task, title, controls in (("mnist", MNIST, "MNIST", (CLEAN,)), ("yale", YALE, "Yale B", (FACES,)))
)

ATTACKS = (
    Claim(
        "linf-is-detected-mnist",
        "SBSAD recognises nearly every linf attack on MNIST",
        "superiority",
        (MeanLevel(MNIST, "sbsc", "attack_recall_linf"),),
        reason="86 % in the authors' script, minus ten points: three standard errors of 100 images",
        minimal_units=3,
        size=76.0,
        reported=Reported(86.0, n=1, provenance="second-hand"),
        controls=(CLEAN,),
    ),
    Claim(
        "l1-and-l2-are-harder-to-tell-mnist",
        "SBSAD recognises l1 and l2 attacks on MNIST less often than linf ones",
        "superiority",
        tuple(
            Contrast(
                f"recall of linf minus recall of {family}, sbsc on {MNIST}",
                (
                    Term(1.0, MNIST, "sbsc", "attack_recall_linf"),
                    Term(-1.0, MNIST, "sbsc", f"attack_recall_{family}"),
                ),
            )
            for family in ("l1", "l2")
        ),
        reason=NO_SIZE,
        minimal_units=3,
        reported=Reported(20.0, n=1, provenance="second-hand"),
        controls=(CLEAN,),
    ),
    Claim(
        "l1-and-l2-are-taken-for-each-other-mnist",
        "SBSAD mistakes l1 attacks for l2, and l2 attacks for l1, more often than for linf",
        "superiority",
        tuple(
            Contrast(
                f"{true} named {twin} minus {true} named linf, sbsc on {MNIST}",
                (
                    Term(1.0, MNIST, "sbsc", f"attacks_{true}_as_{twin}"),
                    Term(-1.0, MNIST, "sbsc", f"attacks_{true}_as_linf"),
                ),
            )
            for true, twin in (("l1", "l2"), ("l2", "l1"))
        ),
        reason=NO_SIZE,
        minimal_units=3,
        controls=(CLEAN,),
    ),
    Claim(
        "sbsad-beats-norm-ratios-mnist",
        "SBSAD names the attack on MNIST images more often than a regression on three norm ratios",
        "superiority",
        (MeanDifference(MNIST, "sbsc", "norm-ratio-detector", "attack_accuracy"),),
        reason="a detector that models the attack must beat hand-made features, by any size",
        minimal_units=3,
        provenance="ours",
        controls=(CLEAN,),
    ),
    Claim(
        "sbsad-holds-in-other-radii-mnist",
        "SBSAD names attacks in radii outside its dictionary no worse than in those of its dictionary",
        "no worse",
        (
            Contrast(
                f"attack accuracy in held-out radii minus in the dictionary's, sbsc on {MNIST}",
                (
                    Term(1.0, MNIST, "sbsc", "attack_accuracy_held_out_eps"),
                    Term(-1.0, MNIST, "sbsc", "attack_accuracy"),
                ),
            ),
        ),
        reason="ten points, about three standard errors of a replication's signals",
        minimal_units=3,
        margin=10.0,
        provenance="ours",
        controls=(CLEAN,),
    ),
)

TRAINING = (
    Claim(
        "sbsc-beats-trained-union-mnist",
        "SBSC, attacked through the undefended network, classifies more accurately than networks trained on the "
        "union of the attacks, attacked themselves",
        "superiority",
        tuple(
            Contrast(
                f"accuracy of sbsc minus white-box accuracy of {trained}, {MNIST}",
                (Term(1.0, MNIST, "sbsc", "accuracy"), Term(-1.0, MNIST, trained, "white_box_accuracy")),
            )
            for trained in ("adversarial-avg", "adversarial-max", "adversarial-msd")
        ),
        headline=True,
        reason="the paper's own comparison, without a size; the networks here are trained for minutes",
        minimal_units=3,
        reported=Reported(5.2, n=1, provenance="second-hand"),
        controls=(CLEAN,),
    ),
    Claim(
        "sbsc-beats-trained-union-same-signals-mnist",
        "on the same signals, which attack the undefended network, SBSC classifies more accurately than the "
        "networks trained on the union of the attacks",
        "superiority",
        tuple(
            MeanDifference(MNIST, "sbsc", trained)
            for trained in ("adversarial-avg", "adversarial-max", "adversarial-msd")
        ),
        reason="the adversary knows neither defence, which is fair to both; a difference of any size",
        minimal_units=3,
        provenance="ours",
        controls=(CLEAN,),
    ),
)

CLAIMS = (
    *UNDEFENDED,
    Claim(
        "sbsc-beats-undefended-yale",
        "SBSC classifies faces under each attack more accurately than the undefended network",
        "superiority",
        by_attack(YALE, "sbsc", "undefended"),
        reason=NO_SIZE,
        minimal_units=3,
        controls=(FACES,),
    ),
    Claim(
        "orthonormal-selection-helps-on-faces",
        "our variant of SBSC, which selects blocks by orthonormal bases, classifies attacked faces more accurately",
        "superiority",
        (MeanDifference(YALE, "sbsc-orthonormal", "sbsc"),),
        reason="a block of bright faces correlates with every face; a difference of any size",
        minimal_units=3,
        provenance="ours",
        controls=(FACES,),
    ),
    *NUMBERS,
    Claim(
        "sbsc-degrades-slowly-mnist",
        "attacks cost SBSC less accuracy than the undefended network",
        "superiority",
        (
            Contrast(
                f"accuracy lost to attacks, undefended minus sbsc, {MNIST}",
                (*loss(MNIST, "undefended", 1.0), *loss(MNIST, "sbsc", -1.0)),
            ),
        ),
        reason=NO_SIZE,
        minimal_units=3,
        reported=Reported(48.2, n=1, provenance="second-hand"),
        controls=(CLEAN,),
    ),
    Claim(
        "sbsc-beats-bsc-mnist",
        "SBSC classifies MNIST images under each attack more accurately than BSC, which has no attack dictionary",
        "superiority",
        by_attack(MNIST, "sbsc", "bsc"),
        reason=NO_SIZE,
        minimal_units=3,
        reported=Reported(2.0, n=1, provenance="second-hand"),
        controls=(CLEAN,),
    ),
    *SUBSPACES,
    *ATTACKS,
    Claim(
        "convex-matches-greedy-mnist",
        "the convex program, solved to its gap, classifies no worse than the greedy homotopy of the experiments",
        "no worse",
        (MeanDifference(MNIST, "sbsc-convex", "sbsc"),),
        reason="three points, a standard error of a replication's signals; the theory is about the convex program",
        minimal_units=3,
        margin=3.0,
        provenance="ours",
        controls=(CLEAN,),
    ),
    Claim(
        "sbsc-holds-with-another-networks-dictionary-mnist",
        "SBSC with the attacks on another network in its dictionary classifies no worse",
        "no worse",
        (
            Contrast(
                f"accuracy with another network's dictionary minus with its own, sbsc on {MNIST}",
                (Term(1.0, MNIST, "sbsc", "accuracy_other_network"), Term(-1.0, MNIST, "sbsc", "accuracy")),
            ),
        ),
        reason="three points, about one standard error of a replication's signals",
        minimal_units=3,
        margin=3.0,
        provenance="ours",
        controls=(CLEAN,),
    ),
    *TRAINING,
    Claim(
        "recovery-beats-celer",
        "block-sparse recovery codes a batch of MNIST-sized signals three times as fast as celer to the same gap",
        "faster",
        (KernelSpeed("block-sparse-recovery", "program=penalised,p=2000,signals=100*", "celer"),),
        reason="three times, the target of the specification, for equal gaps and threads",
        minimal_units=3,
        size=3.0,
        provenance="ours",
    ),
)
