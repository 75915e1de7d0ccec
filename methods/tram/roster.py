"""The contenders and kernels of TRAM."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("tram", "noisy-label-classification", "method", "TRAM: side information trains the body, a second head does without it", "methods.tram.contenders:TRAM"),
        ContenderEntry("het-tram", "noisy-label-classification", "method", "Het-TRAM: TRAM with heteroscedastic output layers", "methods.tram.contenders:HetTRAM"),
        ContenderEntry("tram-zeros", "noisy-label-classification", "control", "TRAM with zeros as side information", "methods.tram.contenders:TRAMZeros"),
        ContenderEntry("tram-random", "noisy-label-classification", "control", "TRAM with the side information of random labels", "methods.tram.contenders:TRAMRandom"),
        ContenderEntry("tram-no-stop-gradient", "noisy-label-classification", "control", "TRAM whose second head trains the body too", "methods.tram.contenders:TRAMNoStopGradient"),
        ContenderEntry("regression-tram", "privileged-regression", "method", "TRAM, squared error", "methods.tram.regression:RegressionTRAM"),
        ContenderEntry("regression-tram-zeros", "privileged-regression", "control", "TRAM with zeros as side information, squared error", "methods.tram.regression:RegressionTRAMZeros"),
    ),
    kernels=(
        KernelEntry("pi-marginalisation", "class probabilities averaged over side information", "methods.tram.marginalisation_kernel:KERNEL"),
        KernelEntry("tram-step", "training step of TRAM", "methods.tram.step_kernel:KERNEL"),
    ),
)  # fmt: skip
