"""Console logs: what a training program printed, from nanoGPT's and Megatron's lines to home-made ones."""

from logdoc.readers.console.reading import group, read, runs_of_text, sniff

__all__ = ["group", "read", "runs_of_text", "sniff"]
