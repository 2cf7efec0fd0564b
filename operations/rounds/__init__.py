"""Adaptive campaigns: which runs come next, from what the finished ones have shown."""
