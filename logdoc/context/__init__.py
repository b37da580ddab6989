"""What kind of run this is, and which runs belong together: facts with their reasons, no judgement."""

from logdoc.context.facts import gather_facts, setting_of
from logdoc.context.groups import RunGroup, Traits, group_runs, traits_of

__all__ = ["RunGroup", "Traits", "gather_facts", "group_runs", "setting_of", "traits_of"]
