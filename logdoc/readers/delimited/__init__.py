"""Tables in text files: CSV, TSV and their kin, as loggers, spreadsheets and dashboards write them."""

from logdoc.readers.delimited.reading import group, read, sniff

__all__ = ["group", "read", "sniff"]
