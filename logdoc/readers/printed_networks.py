"""What a program prints of its network before it trains: the modules of PyTorch, line by line, and summaries that
count parameters. Text only.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logdoc.model import ConfigValue

# "  (fc1): Linear(in_features=784, out_features=64, bias=True)", "(0-5): 6 x Block("
_MODULE = re.compile(
    r"^(?P<front>.*?)\((?P<name>\w+|\d+-\d+)\): (?:(?P<times>\d+) x )?(?P<kind>[A-Z]\w*)\((?P<rest>.*)$"
)
_WEIGHTED = re.compile(r"(?:Linear|Bilinear|Conv(?:Transpose)?[123]d|LSTM|GRU|RNN)")
_ACTIVATION = re.compile(
    r"(?:ReLU6?|LeakyReLU|PReLU|RReLU|ELU|CELU|SELU|GELU\w*|SiLU\w*|Mish|Hardswish|Sigmoid|Tanh|Softplus|Softsign)"
)
_DROPOUT = re.compile(r"\bp=(0?\.\d+|1\.0)\b")
_LEAST = 3  # modules; fewer are an object that was printed in passing
_MOSTLY = 0.8  # of the activations
_NUMBER = r"[\d.,]+(?: ?[KMB]\b)?"
_COUNTED = rf"(?im)^.{{0,80}}?(?<![\w-])%s\b[^\d\n]{{0,12}}:\s*({_NUMBER})|^\s*({_NUMBER})\s+%s"
_TRAINED, _KEPT = (re.compile(_COUNTED % (name, name)) for name in ("trainable params", "non-trainable params"))
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_OF_ALL = re.compile(r"\btrainable params: ([\d,]+) \|\| all params: ([\d,]+)")
_SCALE = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9}
_MOST_KEPT = 0.5  # of all parameters; running means of batch normalisation are far fewer


def network_in(text: str) -> dict[str, ConfigValue]:
    """Return what the printed network says under the keys of configurations: ``dropout``, ``activation``,
    and ``freeze`` where most parameters are not trained. A text with several networks says nothing of
    modules, for it is not known whose curve is whose.
    """
    return {**_modules(text), **_frozen(text)}


def _modules(text: str) -> dict[str, ConfigValue]:
    blocks: list[list[tuple[str, int, str]]] = []
    times: list[tuple[int, int]] = []  # indentation of a container that is repeated, and how often
    before = -2
    for number, line in enumerate(text.splitlines()):
        found = _MODULE.match(line) if "): " in line else None
        if found is None:
            before = number if before == number - 1 and line.rstrip().endswith((")", "),")) else before
            continue
        if before != number - 1:
            blocks.append([])
            times = []
        before = number
        depth = len(found["front"])
        times = [one for one in times if one[0] < depth]
        if found["rest"].rstrip().endswith(")"):
            repeated = 1
            for _, factor in times:
                repeated *= factor
            blocks[-1].append((found["kind"], repeated * int(found["times"] or 1), found["rest"]))
        elif found["times"]:
            times.append((depth, int(found["times"])))
    whole = [
        block for block in blocks if len(block) >= _LEAST and any(_WEIGHTED.fullmatch(kind) for kind, _, _ in block)
    ]
    return _said_by(whole[0]) if len(whole) == 1 else {}


def _said_by(block: list[tuple[str, int, str]]) -> dict[str, ConfigValue]:
    weighted = [i for i, (kind, _, _) in enumerate(block) if _WEIGHTED.fullmatch(kind)]
    said: dict[str, ConfigValue] = {}
    hidden = Counter[str]()
    for kind, times, _ in block[: weighted[-1]]:
        if _ACTIVATION.fullmatch(kind):
            hidden[kind] += times
    if hidden:
        kind, often = hidden.most_common(1)[0]
        if often >= _MOSTLY * hidden.total():
            said["activation"] = kind.lower()
    dropped = [float(p[1]) for kind, _, rest in block if "Dropout" in kind and (p := _DROPOUT.search(rest)) is not None]
    if dropped:
        said["dropout"] = max(dropped)
    return said


def _frozen(text: str) -> dict[str, ConfigValue]:
    if "rainable params" not in text:
        return {}
    text = _COLOUR.sub("", text)
    of_all = [(_number(a), _number(b) - _number(a)) for a, b in _OF_ALL.findall(text)]
    trained = [_number(a or b) for a, b in _TRAINED.findall(text)]
    kept = [_number(a or b) for a, b in _KEPT.findall(text)]
    pairs = of_all or (list(zip(trained, kept, strict=True)) if len(trained) == len(kept) else [])
    if len(pairs) != 1:
        return {}
    (moving, still) = pairs[0]
    return {"freeze": True} if moving > 0 and still >= _MOST_KEPT * (moving + still) else {}


def _number(shown: str) -> float:
    digits = shown.rstrip("kmbKMB ")
    try:
        return float(digits.rstrip(".,").replace(",", "")) * _SCALE[shown[len(digits) :].strip().upper()]
    except ValueError:
        return 0.0
