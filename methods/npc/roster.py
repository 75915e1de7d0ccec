"""The contenders and kernels of NPC."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("npc", "prediction-calibration", "method", "NPC: predictions calibrated by a generative model", "methods.npc.contenders:NPC"),
        ContenderEntry("npc-proba", "prediction-calibration", "control", "NPC, shares of the neighbours' classes as prior", "methods.npc.contenders:NPCProba"),
        ContenderEntry("npc-paper-delta", "prediction-calibration", "control", "NPC, δ = 1 as in the paper", "methods.npc.contenders:NPCPaperDelta"),
        ContenderEntry("npc-rho", "prediction-calibration", "control", "NPC, ρ by noisy validation labels", "methods.npc.contenders:NPCRho"),
    ),
    kernels=(
        KernelEntry("npc-composition", "composition of a classifier with its calibration", "methods.npc.composition_kernel:KERNEL"),
        KernelEntry("knn-prior", "classes of the nearest confident neighbours", "methods.npc.neighbours_kernel:KERNEL"),
    ),
)  # fmt: skip
