"""One job as files: who may run it, what state it is in, tries, checkpoints, progress, cost."""
