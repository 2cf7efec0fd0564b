"""A toolbox of learned families, supervised and not: embeddings, clusters, forests, softness."""
