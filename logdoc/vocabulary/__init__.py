"""What things are called: how people name what they log."""

from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.names import LayerPattern, Meaning, Names

__all__ = ["LayerPattern", "Meaning", "Names", "load_names"]
