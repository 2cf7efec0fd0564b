"""Particle configurations in, knowledge out: pure functions and fitted models on arrays."""
