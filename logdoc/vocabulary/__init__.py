"""What things are called: how people name what they log."""

from logdoc.vocabulary.names import LayerPattern, Meaning, Names, load_names

__all__ = ["LayerPattern", "Meaning", "Names", "load_names"]
