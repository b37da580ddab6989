"""The version of logdoc: a module of its own, so that what quotes it needs nothing of the package's face."""

__version__ = "0.1.0"
