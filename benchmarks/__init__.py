"""Benchmarks of logdoc: reading, judging, the hook, and faults.

`README.md` tells how they are run and what they measured.
"""
