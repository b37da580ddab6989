"""What kind of run this is, and which runs belong together: facts with their reasons, no judgement."""

from logdoc.context.facts import gather_facts

__all__ = ["gather_facts"]
