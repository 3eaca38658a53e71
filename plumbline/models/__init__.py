"""Backbones: features -> hidden."""
