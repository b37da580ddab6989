"""What a logger prints in front of a line: time stamps, levels, names, places in the program, numbers of processes."""

from __future__ import annotations

import re

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CLOCK = r"\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?(?:\s?[AP]M)?(?:Z|\s?[-+]\d\d:?\d\d)?"
_LEVELS = "INFO|DEBUG|WARNING|WARN|ERROR|CRITICAL|FATAL|NOTICE|TRACE|SUCCESS"
# "Error: 0.53" and "Loss error: 0.53" tell a measure, not how bad a message is.
_LEVEL = rf"(?:{_LEVELS}|info|debug|warning|Info|Debug|Warning|[Ee]rror(?=\s*[:|\]>-]\s*\S)(?!\s*[:=]\s*[-+]?\d))"
_FRONT = (
    r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)? [A-Za-z_][\w.\-]*\](?=\s?\()",
    # log4j, as Spark prints it: 21/03/04 11:02:07 WARN Tracker$Inner: . In front of a lone number stands a measure.
    (
        rf"\d\d/\d\d/\d\d \d\d:\d\d:\d\d(?:[.,]\d+)? (?:{_LEVELS}) [A-Za-z_][\w.$]*:(?=\s)"
        r"(?!\s+[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?%?(?:$|[\s,;|]))"
    ),
    rf"[\[(<]?\d{{4}}[-/.]\d\d?[-/.]\d\d?(?:[T _,:-]+{_CLOCK})?(?: UTC)?[\])>]?",
    # Written together, as in names of files: 20200204-19:54:00, 20181030_194459
    (
        r"[\[(<]?20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-_T ]"
        r"[0-2]\d:?[0-5]\d:?[0-5]\d(?:[.,]\d+)?[\])>]?(?=[\s:|,>-])"
    ),
    rf"[\[(<]?\d\d?[-/.]\d\d?(?:[-/.]\d{{2,4}})?[T ,|\-]+{_CLOCK}(?=[\s\])>|:,-])[\])>]?",
    r"[\[(<]?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:\s?[AP]M)?[\])>]?(?=[\s:|,>-])",
    (
        rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,?\s+)?(?:{_MONTH}\s+\d\d?|\d\d?\s{_MONTH})(?:,?\s\d{{4}})?"
        rf",?\s+{_CLOCK}(?:\s\d{{4}})?"
        r"(?:\s[\w.\-]+\s[\w./\-]+(?:\[\d+\])?:(?=\s))?"
    ),
    r"(?:\[|\u250c|\u2502|\u2514) (?:Info|Warning|Error):(?=\s)",
    r"[IWEFD]\d{4}\s\d\d:\d\d:\d\d\.\d+\s+\d+\s[\w./\-]+:\d+\]",
    r"\([\w./\-]+\.py \d+\)",
    r"[\w.\-]+:\d+\t[\w.]+:\d+(?=\t)",
    r"[IWEFD]\s(?:\d+\s)?[\w./\-]+:\d+\]",
    r"(?:V?LOG|WARNING|ERROR)(?:\[-?\d+\])? ?\([\w\-]+(?:\[[^\]]*\])?:[\w()<>~:%\-]*:[\w.\-]+:\d+\)",
    rf"{_LEVEL}\s+(?:[\w.]+|-\s+\w+(?:\.\w+)+)\s+-\s",
    rf"[\[(]?{_LEVEL}(?:/[\w\-]+)?[\])]?(?::[\w.]+(?=:))?(?=[\s:|\-\]>]|$)",
    r"[\[(]?[\w./\-]+\.(?:py|cpp|cc|cu|h|jl|go|rs)(?:(?::[\w<>.]+)?:\d+|\(\d+\))(?::[\w<>]+)?(?:\(\))?[\])]?",
    r"[\[(][\w.]+:\d+(?::\w+)?[\])]",
    r"[A-Za-z_][\w.]*:[\w<>.]+:\d+(?=\s{0,2}[-|])",
    r"[\w.]+\.\w+:\d+\s?>>",
    r"\[(?:1|default)?\s?[Rr]ank[ :_=]*\d+(?:/\d+)?\]",
    r"[Rr]ank ?[:=] ?\d+(?=[\s,|])",
    r"[Rr]ank[ _]?\d+(?:/\d+)?\s?[:|\]]",
    r"\[(?:default|gpu|GPU|node|proc|process|worker|host|replica)[ :_\-]?\d+\]",
    r"(?:gpu|GPU|worker|host|node|proc|trainer|replica)[ _\-]?\d+\s?[:|]",
    r"\((?:[\w.]+ )?pid=\d+(?:, ip=[\d.]+)?\)",
    r"\(\w+\spid=\d+\)",
    r"\[\d+,\d+\]<std(?:out|err)>",
    r"\[?1[5-9]\d{8}(?:\.\d+)?\]?(?=\s)",
    rf"[\w.\-]+\.py\s-\s\w+\s-\s(?={_LEVEL}\b)",
    rf"[\w.\-/\\]+(?:\s-\s|\s:\s|\s\|\s|\s|:)(?={_LEVEL}\b)",
    (
        rf"[\[(][\w.\-@ ]{{1,40}}[\])]"
        rf"(?=\s*(?:\[?\d{{4}}[-/]|\[?\d\d:\d\d:|{_LEVEL}\b|\[{_LEVEL}\]))"
    ),
    (
        r"root(?=\s-)|(?:d2|fvcore|mmengine|detectron2|ppdet|ppocr|absl|tensorflow|pytorch_lightning|lightning)"
        r"(?:\.[\w.]+)?(?=\s*[:\]|]|\s-)"
    ),
    r"\([A-Za-z_][\w]*(?:\.[\w]+)+\)",
    r"\[\w+ [IWEFD] \d{4}-[^\]]*\]",
)
# Logger names in front of a colon, "mlagents.trainers:", are told from measures by the point in them.
_LOGGER = r"[A-Za-z_]\w*(?:\.\w+)+(?=:\s)"
_PREFIX = re.compile(rf"\s*(?:(?:{'|'.join(_FRONT)}|{_LOGGER})(?:[\s:|>,\]]|-(?=\s))*)+")
RANK = re.compile(
    r"(?i:rank|gpu|worker|node|proc|process|host|replica|default)[ :_=\-]{0,2}(\d+)(?=[\s/\]:|,])"
    r"|pid=(\d+)|\[\d+,(\d+)\]<std"
)

BY_EVALUATION = re.compile(
    r"\.py - (?:eval|evaluat\w*|valid\w*|test)\w* - ", re.IGNORECASE
)  # the function that printed


def own_words(line: str) -> int:
    """Return where the line's own words begin, behind all that its logger put in front."""
    match = _PREFIX.match(line)
    return match.end() if match else 0
