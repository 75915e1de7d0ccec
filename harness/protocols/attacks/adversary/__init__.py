"""Attacks within lp balls on image classifiers, shared by every method that is robust to them or identifies them.

    balls               Euclidean projections of batches onto l1, l2 and linf balls
    geometry            operations that depend on the norm: size, steepest step, projection, random start
    budgets             radius, step length and iterations of an attack; the published ones by data set
    projected_gradient  the attack itself: restarts, early stop, success and saturation of each image
    union               several balls at once: the worst of some attacks, multi steepest descent
    images              input and outcome of an attack, checked
    network_input       loss and input gradient of a network, whose mode is restored
    carlini_wagner      the l2 attack without a budget
    networks, training  the classifiers under attack and plain stochastic gradient descent
    named_networks      networks by name, their weights as arrays
    recipe, data_set    construction of a data set of attacked images

Images are float32 in [0, 1]; an attack is a function of the network, the images and the generator's state;
the order and the size of batches do not matter.
"""
