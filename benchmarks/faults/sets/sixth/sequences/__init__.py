"""Sequences, language, generative models and policies of the sixth set."""
