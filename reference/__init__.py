"""Reference implementations of the course's concepts: numpy and torch, nothing else."""
