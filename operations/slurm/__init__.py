"""SLURM: the cluster file, what is queued, packs of jobs, the process that runs a pack."""
