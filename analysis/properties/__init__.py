"""Properties of what has been simulated, one concept a file: numbers with error bars."""
