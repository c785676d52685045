"""At home in frameworks: each module needs the library that it is named after, and nothing else."""
