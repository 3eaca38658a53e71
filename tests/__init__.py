"""Tests: contract (files agree), conformance (every plug-in), behaviour, words (error texts)."""
