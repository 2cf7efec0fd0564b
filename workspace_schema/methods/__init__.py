"""The methods: facts, a file of parameters each, and the registry that reads them by name."""
