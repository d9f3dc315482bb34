"""Training: a config, a network and windows in, the best weights, ONNX and safetensors out."""
