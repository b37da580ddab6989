"""Exit codes, which are part of the interface."""

OK = 0  # nothing at or above ``--fail-on``
FOUND = 1  # something is
USAGE = 2  # a usage, configuration or rule error, or a fault of our own
NOTHING = 3  # nothing could be judged
DAMAGED = 4  # with ``--strict``: data were lost, or a file could not be read
INTERRUPTED = 130
