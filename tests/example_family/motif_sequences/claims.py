"""The claim of the suite, as a predicate over records, with the baseline's known range as its positive control."""

from harness.claims.declaration import Claim, Control
from harness.claims.quantities import MeanDifference

CLAIMS = (
    Claim(
        "motif-convolutions-beat-moments",
        "Random convolutions classify motifs more accurately than moments",
        "superiority",
        (MeanDifference("motifs", "motif-convolutions", "motif-moments"),),
        size=20.0,
        reason="moments do not reveal a motif, so a method that finds it gains far more than this",
        minimal_units=5,
        provenance="ours",
        controls=(Control("motifs", "motif-moments", 25.0, 50.0, "chance is 33.3 % of three classes", "ours"),),
    ),
)
