"""What forecasts a panel: the exported graph of a network, and the baselines that it has to beat."""
