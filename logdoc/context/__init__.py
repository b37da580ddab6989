"""What kind of run this is, and which runs belong together: facts with their reasons, no judgement."""

from logdoc.context.facts import gather_facts, setting_of
from logdoc.context.groups import RunGroup, group_runs

__all__ = ["RunGroup", "gather_facts", "group_runs", "setting_of"]
