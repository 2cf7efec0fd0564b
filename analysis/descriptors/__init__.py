"""Order parameters and structure functions, one concept a file."""
