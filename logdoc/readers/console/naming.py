"""Names that a line says more than once, or under a label at its beginning: whose each of them is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console import words
from logdoc.readers.console.summaries import SCORE

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape
    from logdoc.readers.console.slot import Slot

_PLAYER = re.compile(r"([ADG]|[Dd]is\w*|[Gg]en\w*) loss$")  # of a game; A is the adversarial one

# What the segmentation of medical images calls its scores; most are too short to mean that alone.
_SHORT_SCORES = {
    **dict.fromkeys(("se", "sen", "sens"), "sensitivity"),
    **dict.fromkeys(("sp", "spe", "spec"), "specificity"),
    "pc": "precision",
    **dict.fromkeys(("js", "jc", "ja"), "jaccard"),
    **dict.fromkeys(("dc", "dsc"), "dice"),
}
_SCORE_BESIDE = re.compile(r"acc(?:uracy)?|dice|iou|miou|f1|auc|hd95|hd|asd|assd|jaccard|precision", re.IGNORECASE)
# Of a loss and a score, on training and on held-out data: where both losses stand in a line.
_SHORT_PAIRS = {
    ("tl", "vl"): {"tl": "train loss", "vl": "val loss", "ta": "train acc", "va": "val acc"},
    ("l", "vl"): {"l": "loss", "vl": "val loss", "a": "acc", "va": "val acc"},
}
_LETTER = re.compile(r"(?<![A-Za-z])([A-Za-z])\s?[:=]\s?$")  # a=0.8
_TOGETHER = 3  # scores of a line
_OF_TAGS = {"p": "precision", "r": "recall"}
_F_SCORE = re.compile(r"(?:\w*[\W_])?f(?:[_-]?1|[_-]?score|[_-]?measure|b1)?(?:[\W_]\w*)?", re.IGNORECASE)

# What is measured on a part of the data of its own, "TRAIN_SAMPLE : loss 0.5", or on one by another name for it.
_LABEL = re.compile(r"\W*((?:train|val|valid|dev|test|eval)_(\w+))\s*:\s+(?=[A-Za-z])", re.IGNORECASE)
_LISTED = re.compile(r"(?:^|\s)([A-Za-z_]\w*(?:,[A-Za-z_]\w*)+)\s*:?\s*$")
_LISTED_APART = re.compile(r"(?:^|\s)([A-Za-z_]\w*(?:, [A-Za-z_]\w*)+)\s*[:=]\s*$")  # IS, FID: 8.1, 12.6
_LISTED_WITHIN = re.compile(
    r"[(\[]([A-Za-z_]\w*(?:, ?[A-Za-z_]\w*)+)[)\]]\s*[:=]?\s*[(\[]?$"
)  # (loss, acc): (0.5, 0.8)
_SLASHED = re.compile(r"[A-Za-z]\w*(?:/[A-Za-z]\w*)+")  # mIoU/mAcc/allAcc 0.61/0.70/0.83
_PERPLEXITY = re.compile(r"perplexity|ppl", re.IGNORECASE)
_WHOLE_PART = re.compile(r"(?:metric|stat|result|score|summary|epoch|set|data|log|info|step)s?", re.IGNORECASE)


def _name_by_player(shape: Shape) -> None:
    """Name the accuracy behind the loss of one player of a game after that player: ``[D loss: 0.7, acc.: 50%]``."""
    player = ""
    for i, slot in enumerate(shape.slots):
        if slot.role != "value":
            continue
        if "[" in shape.texts[i]:
            match = _PLAYER.match(slot.name)
            player = match[1] if match else ""
        elif player and slot.name.lower() in ("acc", "accuracy"):
            slot.name = f"{player} {slot.name}"


def name_scores(shape: Shape) -> None:
    """Spell out the short names of scores in medical segmentation where they stand together: ``Acc: 0.9, SE: 0.8, SP:
    0.9, DC: 0.7``; P and R, where an F score stands beside them: ``P: 0.9 R: 0.8 F1: 0.85``.
    """
    named = [slot for slot in shape.slots if slot.role == "value"]
    short = [slot for slot in named if slot.name.lower() in _SHORT_SCORES]
    meant = {_SHORT_SCORES[slot.name.lower()] for slot in short}
    beside = any(_SCORE_BESIDE.fullmatch(slot.name) for slot in named)
    if len(short) >= _TOGETHER or ({"sensitivity", "specificity"} <= meant and beside):
        for slot in short:
            slot.name = _SHORT_SCORES[slot.name.lower()]
    called = {slot.name.lower() for slot in named}
    meanings = next((full for pair, full in _SHORT_PAIRS.items() if called >= set(pair)), {})
    for i, slot in enumerate(shape.slots):
        letter = _LETTER.search(shape.texts[i]) if meanings and slot.role == "other" and not slot.name else None
        if slot.role == "value":
            slot.name = meanings.get(slot.name.lower(), slot.name)
        elif letter is not None and letter[1].lower() in meanings:
            slot.role, slot.name, slot.why, slot.paired = "value", meanings[letter[1].lower()], "", True
    letters = [slot for slot in named if slot.name.lower() in _OF_TAGS]
    if len(letters) == len(_OF_TAGS) and any(_F_SCORE.fullmatch(slot.name) for slot in named):
        for slot in letters:
            slot.name = _OF_TAGS[slot.name.lower()]


def _name_in_turn(shape: Shape) -> None:
    """Give numbers in a row the names that stand in front of the first, a comma between them: ``loss_a,loss_b 1 2``."""
    for i, slot in enumerate(shape.slots):
        names = _listed(shape.texts[i]) if slot.role == "value" else []
        mine = shape.slots[i : i + len(names)]
        bare = all(not text.strip(" ,") for text in shape.texts[i + 1 : i + len(names)])
        if bare and len(mine) == len(names) > 1 and all(one.role == "value" for one in mine):
            for one, name in zip(mine, names, strict=True):
                one.name = name


def _name_between_slashes(shape: Shape) -> None:
    """Give as many numbers as names, slashes between both, one name each: ``mIoU/mAcc 0.61/0.70``."""
    for i, slot in enumerate(shape.slots):
        first, _, rest = slot.name.partition(" ")
        pair = rest if words.split_of(first) else slot.name  # train loss/acc: 0.5/0.8
        names = pair.split("/") if slot.role == "value" and _SLASHED.fullmatch(pair) else []
        mine = shape.slots[i : i + len(names)]
        bare = all(text.strip() == "/" for text in shape.texts[i + 1 : i + len(names)])
        if bare and len(mine) == len(names) > 1 and all(one.role == "value" for one in mine):
            if any(words.split_of(name) for name in names):
                continue  # loss/val 0.5/0.6
            for one, name in zip(mine, names, strict=True):
                one.name, one.split = name, words.split_of(first) or one.split


def _place_perplexity(shape: Shape) -> None:
    """Let a perplexity that names no part of the data be of the held-out one that all else in its line is of, where no
    loss without one stands beside it: ``epoch 1: perplexity: 12.1 eval_loss: 2.5``.
    """
    values = [slot for slot in shape.slots if slot.role == "value"]
    alone = [slot for slot in values if not slot.split and _PERPLEXITY.fullmatch(slot.name)]
    parts = {slot.split or words.split_in(slot.name) for slot in values if slot not in alone}
    if len(alone) == 1 and len(parts) == 1 and parts <= {"val", "test"}:
        alone[0].split = parts.pop()


def _place_scores(shape: Shape) -> None:
    """Let a score that names no part of the data be of the held-out one that the loss right in front of it is of, where
    its line has it of no other: ``train_loss: 0.5, val_loss: 0.6, accuracy: 0.8``.
    """
    values = [slot for slot in shape.slots if slot.role == "value"]
    parts = [slot.split or words.split_in(slot.name) for slot in values]
    bare = [not part and SCORE.fullmatch(slot.name) is not None for slot, part in zip(values, parts, strict=True)]
    first = bare.index(True) if True in bare else 0
    said = all(slot.name in shape.line for slot in values)  # and in no heading above
    behind = said and bool(first) and parts[first - 1] in ("val", "test") and "loss" in values[first - 1].name.lower()
    if not behind or any(parts[first:]) or any(_is_score_of_part(slot) for slot in values):
        return
    for slot, mine in zip(values, bare, strict=True):
        slot.split = parts[first - 1] if mine else slot.split


def _is_score_of_part(slot: Slot) -> bool:
    part, _, name = slot.name.replace("-", " ").replace("_", " ").partition(" ")
    return bool(words.split_of(part) and SCORE.fullmatch(name)) or bool(slot.split and SCORE.fullmatch(slot.name))


def _listed(text: str) -> list[str]:
    """Return the names that a text ends with, a comma between them; with a blank behind it, words of a sentence are
    told from names by what the last of them is called, and by the colon.
    """
    if (told := _LISTED.search(text)) is not None:
        return told[1].split(",")
    told = _LISTED_APART.search(text) or _LISTED_WITHIN.search(text)
    names = [name.strip() for name in told[1].split(",")] if told is not None else []
    plain = not any(words.split_of(name) or words.is_time(name) for name in names)
    return names if names and plain and words.is_measure(names[-1]) else []


def tell_apart(shape: Shape) -> None:
    """Give names that a line says twice the first word around them: ``[D loss: 1, acc: 2] [G loss: ..``."""
    _name_by_player(shape)
    _name_in_turn(shape)
    _name_between_slashes(shape)
    _place_perplexity(shape)
    _place_scores(shape)
    names = [words.with_split(slot.name, slot.split) for slot in shape.slots if slot.role == "value"]
    if len(set(names)) == len(names):
        return
    first, seen = "", {name for name in names if names.count(name) > 1}
    for i, slot in enumerate(shape.slots):
        if slot.role != "value":
            continue
        if "[" in shape.texts[i] or "(" in shape.texts[i] or "|" in shape.texts[i]:
            first = re.split(r"[ _]", slot.name)[0]
        name = words.with_split(slot.name, slot.split)
        number = 1
        while name in seen:
            around = first and not slot.name.startswith(first) and number == 1
            slot.name = f"{first} {slot.name}" if around else f"{slot.name.removesuffix(f' {number}')} {number + 1}"
            number += not around
            name = words.with_split(slot.name, slot.split)
            if number > len(names):
                break
        seen.add(name)


def put_label(words_of_line: str, slots: list[Slot]) -> None:
    """Give the measures of a line the part of the data that the line begins with, in one word with something else."""
    label = _LABEL.match(words_of_line)
    if label is None:
        return
    for slot in slots:
        if slot.role == "value" and slot.name and not slot.split and not slot.quoted and "/" not in slot.name:
            if _WHOLE_PART.fullmatch(label[2]):
                slot.split = words.split_of(label[1].partition("_")[0])
            else:
                slot.name = f"{label[1]} {slot.name}"
