"""The fault benchmark: trainings with a known fault and healthy controls, and how often logdoc names the cause.

`cases` holds every case and `parts` who wrote it and what it may be used for; `sets` has the trainings, `kit` what
several sets share, `judging` asks logdoc and counts, `fitting` sets numbers of the rule base on the parts that
allow it. Modules run from the root of the repository: ``python -m benchmarks.faults.judging.score``.
"""
