"""Survival, faces, episodes, links, depth, self-teaching, potentials, a differential equation, claims and bags."""
