"""Following runs while their logs grow: what changed on the disk, what is new in it, and which alarm holds."""

from logdoc.watching.alarms import Alarms
from logdoc.watching.events import Event
from logdoc.watching.watcher import Watcher

__all__ = ["Alarms", "Event", "Watcher"]
