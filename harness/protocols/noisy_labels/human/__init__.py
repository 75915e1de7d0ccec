"""Labels that people gave to the test images of CIFAR-10, the images, and noisy sets made of them."""
