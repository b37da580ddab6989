"""Logs as people paste them, beside what is known of their cause: logdoc and its peers on the same files."""
