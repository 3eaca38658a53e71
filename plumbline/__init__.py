"""Plumbline: a declarative, reproducible PyTorch workflow on DVC."""
