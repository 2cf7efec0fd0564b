"""What an engine and a search are given: pair functions, bodies, starts."""
