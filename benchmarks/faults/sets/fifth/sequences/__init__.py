"""Strings, waves, tuned language models, adversaries and two worlds to act in."""
