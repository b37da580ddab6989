"""Console logs: what a training program printed, from nanoGPT's and Megatron's lines to home-made ones."""

from logdoc.readers.console.reading import group, read, sniff

__all__ = ["group", "read", "sniff"]
