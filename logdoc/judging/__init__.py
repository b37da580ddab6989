"""From runs to diagnoses: the one way through the rooms below, and what a comparison or an explanation takes
from it.
"""

from logdoc.judging.groups import Summary, judge_groups, summarise
from logdoc.judging.guarding import judged
from logdoc.judging.mapping import require_names
from logdoc.judging.pipeline import Judge, facts_of, make_judge, prepare, stray

__all__ = [
    "Judge",
    "Summary",
    "facts_of",
    "judge_groups",
    "judged",
    "make_judge",
    "prepare",
    "require_names",
    "stray",
    "summarise",
]
