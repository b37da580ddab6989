"""The trainings, set by set, in the order in which they were written.

Each set is the work of other authors than the one before, so that each has a training loop, networks and habits of its
own; that is meant, and not to be merged.
"""
