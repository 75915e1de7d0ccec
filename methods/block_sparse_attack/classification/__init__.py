"""Class, attack family and clean signal of attacked images by block-sparse coding.

joint_dictionary  clean images of each class beside perturbations of each (attack, class)
attack_atoms      that dictionary for a network under attack
solvers           greedy, convex, exact, ball and IRLS behind one method, `decisions`
irls              iteratively reweighted least squares, variants 1 to 4
classifier        SBSC (class), SBSAD (attack family) and SBSC + network (denoised signal)
signal_only       BSC: the signal dictionary alone
selection         the candidate that classifies validation signals best
"""
