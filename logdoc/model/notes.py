"""What can be wrong with data, as distinct from training: one id for each kind of note, for good.

An id is never given to another kind, and a kind never gets another id, so that a pipeline can look for it. The table
is shown in ``docs/data-notes.md``.
"""

from __future__ import annotations

from typing import NamedTuple


class NoteKind(NamedTuple):
    """A kind of note about data.

    Attributes:
        id: ``DATA`` and three digits.
        title: what it is, in a few words.
        meaning: what happened, most often, and what was done about it.
    """

    id: str
    title: str
    meaning: str


CUT = "DATA001"
DAMAGED = "DATA002"
ZEROS = "DATA003"
TOO_LARGE = "DATA004"
UNDECODABLE = "DATA005"
ENCODING = "DATA006"
TENSOR = "DATA007"
CLOCK = "DATA008"
DUPLICATES = "DATA009"
NOTHING = "DATA010"
UNREADABLE = "DATA011"
CHANGED = "DATA012"
ROWS = "DATA013"
CELLS = "DATA014"
STEPS = "DATA015"
LINES = "DATA016"
ARCHIVE = "DATA017"
NO_NUMBERS = "DATA018"
OVER_BUDGET = "DATA019"
FAULT = "DATA020"
UNFINISHED = "DATA021"
ENDED = "DATA022"
LEFT_OUT = "DATA023"
SETTINGS = "DATA024"
DISAGREEMENT = "DATA025"
OTHER_TOOL = "DATA026"
PASSED_OVER = "DATA027"
SAID = "DATA028"
OTHER = "DATA099"

NOTE_KINDS = (
    NoteKind(CUT, "Cut short", "The file ends in the middle of a record, a row or a number: the program was killed, or "
             "still writes. What is not whole is left out."),
    NoteKind(DAMAGED, "Damaged records", "Checksums or lengths are wrong. The records concerned are skipped, reading "
             "goes on at the next whole one."),
    NoteKind(ZEROS, "Filled with zero bytes", "A range of zero bytes, as network file systems and power cuts leave "
             "them. What lies on both sides is read."),
    NoteKind(TOO_LARGE, "Too large", "A record, a member or a file is larger than any log, or claims to be. It is not "
             "read."),
    NoteKind(UNDECODABLE, "Undecodable records", "Records with right checksums that hold nothing that can be "
             "understood."),
    NoteKind(ENCODING, "Not UTF-8", "The text is in another encoding, and was read as the one that is named, "
             "or bytes that are no text are shown as `\\xNN`."),
    NoteKind(TENSOR, "Tensor of another size", "A tensor declares more or fewer elements than it holds."),
    NoteKind(CLOCK, "Times that cannot be", "Wall times are missing, no numbers, or go back. What needs times is not "
             "judged by them."),
    NoteKind(DUPLICATES, "Steps logged twice", "Several values stand at one step; the last of them is judged."),
    NoteKind(NOTHING, "Nothing to judge", "An empty file, an empty folder, or no log of a training."),
    NoteKind(UNREADABLE, "Could not be read", "The system refused the file or the folder, or it holds nothing but a "
             "placeholder. A run that it belongs to is incomplete."),
    NoteKind(CHANGED, "Changed while it was read", "The file shrank or was replaced between opening and reading."),
    NoteKind(ROWS, "Rows left out", "Rows with too many or too few cells, blank ones, another header."),
    NoteKind(CELLS, "Cells left out", "NUL bytes, quotes that never end, or cells longer than any number; their rows "
             "are left out."),
    NoteKind(STEPS, "Steps in doubt", "Steps that are missing, fall, or are larger than 2^63; the order of the rows "
             "is taken instead."),
    NoteKind(LINES, "Lines left out", "Lines that are no JSON, too deep, or of another kind than the "
             "log's. Of two values of one key in a line the last is taken."),
    NoteKind(ARCHIVE, "Archive left out in part", "An archive is damaged, holds more than is read of one, or was "
             "packed more tightly than any log."),
    NoteKind(NO_NUMBERS, "Cells that are no numbers", "Cells of a measured column hold other text. Many of them are "
             "lost data."),
    NoteKind(OVER_BUDGET, "Over the budget", "Reading or judging one log took more time or memory than it may. The "
             "other logs are judged."),
    NoteKind(FAULT, "A fault of logdoc", "logdoc itself failed on this log. The other logs are judged. Please report "
             "it."),
    NoteKind(UNFINISHED, "No end recorded", "The log has no record of the end of the run: it was killed, or is still "
             "running."),
    NoteKind(ENDED, "Bad end of the program", "The program raised an error, was killed, or its tracker says that it "
             "failed."),
    NoteKind(LEFT_OUT, "Left out", "Parts that are not judged by design: other ranks, tags beyond the bound, deleted "
             "runs."),
    NoteKind(SETTINGS, "Settings in doubt", "The configuration beside the log could not be read, wholly or in part."),
    NoteKind(DISAGREEMENT, "Logs that disagree", "Two logs of one run hold different values; the one that is named was "
             "judged."),
    NoteKind(OTHER_TOOL, "Only its own tool reads it", "A store whose format belongs to one program; the note says how "
             "to export it."),
    NoteKind(PASSED_OVER, "Passed over", "Pipes, devices, links that lead out of the folder, folders too deep, "
             "archives in archives."),
    NoteKind(SAID, "Said by a library", "A warning or a finding that a library printed of itself. Rules and causes "
             "weigh it; nothing is wrong with the data."),
    NoteKind(OTHER, "Other", "What none of the other kinds is."),
)  # fmt: skip
"""Every kind of note, in the order of the ids."""
KNOWN_IDS = frozenset(kind.id for kind in NOTE_KINDS)
"""The ids of all kinds."""
