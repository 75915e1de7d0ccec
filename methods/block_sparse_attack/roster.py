"""The contenders and the kernel of block-sparse attack identification."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("sbsc", "attack-identification", "method", "SBSC and SBSAD by the greedy homotopy", "methods.block_sparse_attack.contenders:SBSC"),
        ContenderEntry("sbsc-network", "attack-identification", "method", "the undefended network on SBSC's denoised signal", "methods.block_sparse_attack.contenders:SBSCNetwork"),
        ContenderEntry("sbsc-orthonormal", "attack-identification", "method", "our variant of SBSC: blocks selected by orthonormal bases", "methods.block_sparse_attack.contenders:SBSCOrthonormal"),
        ContenderEntry("sbsc-convex", "attack-identification", "method", "SBSC and SBSAD by the penalised convex program", "methods.block_sparse_attack.contenders:SBSCConvex"),
        ContenderEntry("sbsc-ball", "attack-identification", "method", "SBSC and SBSAD by the convex program in a ball", "methods.block_sparse_attack.contenders:SBSCBall"),
        ContenderEntry("sbsc-irls1", "attack-identification", "method", "SBSC and SBSAD by reweighted least squares, variant 1", "methods.block_sparse_attack.irls_contenders:SBSCIrls1"),
        ContenderEntry("sbsc-irls2", "attack-identification", "method", "SBSC and SBSAD by reweighted least squares, variant 2", "methods.block_sparse_attack.irls_contenders:SBSCIrls2"),
        ContenderEntry("sbsc-irls3", "attack-identification", "method", "SBSC and SBSAD by reweighted least squares, variant 3", "methods.block_sparse_attack.irls_contenders:SBSCIrls3"),
        ContenderEntry("sbsc-irls4", "attack-identification", "method", "SBSC and SBSAD by reweighted least squares, variant 4", "methods.block_sparse_attack.irls_contenders:SBSCIrls4"),
        ContenderEntry("bsc", "attack-identification", "method", "BSC: block-sparse classification by clean images alone", "methods.block_sparse_attack.contenders:BSC"),
    ),
    kernels=(
        KernelEntry("block-sparse-recovery", "group-sparse codes of many signals in one dictionary", "methods.block_sparse_attack.kernel:KERNEL"),
    ),
)  # fmt: skip
