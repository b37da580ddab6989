"""Reading as a process: what a reader without logdoc gets of a set of runs, takes its answers, and scores them.

A reader is a person, or a language model told to work as an expert does. It sees files, curves, configuration and
vocabulary; no name of a case, no label, no other run of the same case.
"""
