"""Networks: a config and its shapes in, the training and the prediction graph out."""
