"""The contenders of the family, one line each."""

from harness.contract.roster import ContenderEntry, Roster

PROTOCOL = "motif-classification"

ROSTER = Roster(
    contenders=(
        ContenderEntry("motif-convolutions", PROTOCOL, "method", "linear classifier on random convolutions",
                       "motif_sequences.convolutions:RandomConvolutions"),
        ContenderEntry("motif-convolutions-shuffled", PROTOCOL, "control", "random convolutions on shuffled steps",
                       "motif_sequences.convolutions:ShuffledConvolutions"),
        ContenderEntry("motif-moments", PROTOCOL, "baseline", "linear classifier on mean and spread",
                       "motif_sequences.moments:Moments"),
    )
)  # fmt: skip
