"""Chinese without a model hub: words, their vectors in the English model's space, their glosses and their sound."""
