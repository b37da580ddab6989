"""The form of rule, cause and context files. What is not described here is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from logdoc.model import ADDRESS

ID = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
NAME = r"^[a-z_][a-z0-9_]*$"
Scalar = bool | int | float | str | None
Name = Annotated[str, Field(pattern=NAME)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]  # no truth value, no text, nothing endless
Strength = Annotated[Number, Field(gt=0, le=1)]

STRENGTHS = {"always": 0.95, "usual": 0.75, "sometimes": 0.4, "rarely": 0.15}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=False)


class Source(_Strict):
    """Where an input comes from: one role, or the first present of several."""

    from_: list[str] = Field(alias="from", description="Roles or facts; the first that is present is used.")

    @field_validator("from_", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Optional_(Source):  # noqa: N801
    """An input that may be absent, and what stands for it then."""

    default: Scalar = Field(description="The value when none of the sources is present.")


class Applies(_Strict):
    """When the rule holds at all; otherwise it is not applicable."""

    when: str = Field(description="An expression; false makes the rule not applicable.")
    otherwise: str = Field(description="The reason to give then.")


class Expected(_Strict):
    """In which runs the inputs are to be expected; elsewhere their absence means nothing."""

    tasks: list[str] = Field(
        default_factory=list,
        description="Tasks in which a missing input is missing (not-judged); in all others it is not applicable.",
    )
    otherwise: str = Field(description="The reason to give then.")


class Param(_Strict):
    """A number with a name, a meaning and a reason; users may change it."""

    value: Number
    unit: str = ""
    why: str = Field(min_length=5, description="Where the number comes from.")


class Evidence(_Strict):
    """What to show: a plot of inputs or a value in its band."""

    plot: list[str] | None = None
    value: str | None = None
    scale: Literal["linear", "log"] = "linear"
    lines: dict[str, str] = Field(default_factory=dict)
    band: list[float | str] | None = Field(default=None, min_length=2, max_length=2)

    @field_validator("plot", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class SourceEntry(_Strict):
    """A source that a reader can open."""

    id: str = Field(pattern=ID)
    title: str = Field(min_length=3)
    authors: str = Field(min_length=2)
    year: int | None = Field(default=None, ge=1900, le=2100, description="Left out where a page lives on.")
    kind: Literal["paper", "book", "documentation", "issue", "article", "logbook"]
    address: str = Field(pattern=f"^{ADDRESS}$", description="http or https.")
    says: str = Field(min_length=5, description="What it is quoted for, unless a reference says it more specially.")


class SourceFile(_Strict):
    """``_sources.yaml``."""

    sources: list[SourceEntry]


class PlaybookItem(_Strict):
    """One item of a playbook; for what no log can show, why, and for which causes it is a remedy."""

    id: str
    says: str
    unseen: str = ""
    remedies: list[str] = Field(default_factory=list)


class PlaybookFile(_Strict):
    """``_playbook/items.yaml``: the items, and the source of those whose ids begin alike."""

    sources: dict[str, str]
    items: list[PlaybookItem]


class Reference(_Strict):
    """What a rule rests on: a source by its id, or a practice and whose it is."""

    id: str = Field(default="", description="Of a source in _sources.yaml.")
    practice: str = Field(default="", description="Whose practice it is, where nothing can be opened.")
    says: str = Field(default="", description="What it is quoted for; by default what the source says.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Reference:
        if bool(self.id) == bool(self.practice):
            raise ValueError("a reference names a source by its id, or says practice: whose")
        if self.practice and not self.says:
            raise ValueError("a practice says what it is: add says")
        return self


class Expect(_Strict):
    """What a test expects; only what is given is checked."""

    verdict: Literal["fires", "clear", "not-applicable", "not-judged", "error"]
    values: dict[str, Scalar] = Field(default_factory=dict)
    where: list[str] | None = None
    missing: list[str] | None = None
    window: list[float] | None = Field(default=None, min_length=2, max_length=2)
    message_contains: str | None = None
    severity: Literal["error", "warning", "info"] | None = None


class TestRun(_Strict):
    """The logs of one run in a test: facts and series in the compact notation."""

    __test__ = False
    meta: dict[str, Scalar] = Field(default_factory=dict)
    log: dict[str, Scalar] = Field(default_factory=dict)
    said: dict[str, str] = Field(default_factory=dict)
    series: dict[str, str | list[float]] = Field(default_factory=dict)


class RuleTest(TestRun):
    """One test of a rule."""

    name: str
    params: dict[str, float] = Field(default_factory=dict)
    group: dict[str, Scalar] = Field(default_factory=dict)
    runs: dict[str, TestRun] = Field(default_factory=dict)
    expect: Expect


class Rule(_Strict):
    """A symptom: what the logs must hold, when it shows, and in which words it is told."""

    id: str = Field(pattern=ID)
    title: str
    healthy: str = Field(description="The sentence for the list of what was checked and found fine.")
    since: str
    status: Literal["experimental", "stable", "deprecated"] = "stable"
    severity: Literal["error", "warning", "info"]
    severity_when: dict[Literal["error", "warning"], str] = Field(
        default_factory=dict, description="severity: when a finding of this rule weighs as much; the worst that holds."
    )
    tags: list[str] = Field(min_length=1)
    override: bool = Field(default=False, description="Replaces a bundled rule of the same id.")
    scope: Literal["run", "group", "pair"] = "run"
    for_each: Literal["parameter", "module", "term", "metric", "group", "rank", "class"] | None = None
    inputs: dict[Name, Source] = Field(min_length=1)
    optional: dict[Name, Optional_] = Field(default_factory=dict)
    also: dict[Name, str] = Field(
        default_factory=dict,
        max_length=1,
        description="input: role[kind]; the rule is judged with each of these in its place, too.",
    )
    expected: Expected | None = None
    applies: Applies | None = None
    params: dict[Name, Param] = Field(default_factory=dict)
    let: dict[Name, str] = Field(default_factory=dict)
    when: str
    rank: str | None = Field(default=None, description="Orders the entities of for_each, largest first.")
    window: list[str] | None = Field(default=None, min_length=2, max_length=2)
    where: str | None = Field(default=None, description="A truth value per entity: the layers to name.")
    message: str
    why: str
    verify: str = ""
    causes: dict[str, Strength] = Field(
        default_factory=dict,
        description="cause: how probable it is that this shows when that is the only cause; in place of a line there.",
    )
    evidence: list[Evidence] = Field(default_factory=list)
    log: str = Field(description="What to log so that this can be judged.")
    false_positives: list[str] = Field(min_length=1)
    references: list[Reference] = Field(default_factory=list, description="What it rests on.")
    playbook: list[str] = Field(default_factory=list, description="Items of the playbooks that it encodes.")
    tests: list[RuleTest] = Field(default_factory=list)

    @field_validator("causes", mode="before")
    @classmethod
    def _strengths(cls, value: Any) -> Any:
        return _as_strengths(value)

    @field_validator("inputs", mode="before")
    @classmethod
    def _short_inputs(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: {"from": [v]} if isinstance(v, str) else v for k, v in value.items()}

    @field_validator("let", mode="before")
    @classmethod
    def _let_texts(cls, value: Any) -> Any:
        return _as_texts(value)

    @field_validator("when", mode="before")
    @classmethod
    def _when_text(cls, value: Any) -> Any:
        return _as_text(value)


class Choice(_Strict):
    """One value that a fact may have, and when."""

    value: Scalar = None
    of: str | None = Field(default=None, description="An expression whose value it is, instead of a fixed one.")
    if_: str = Field(alias="if")
    because: str = Field(description="The reason, with numbers: stands beside the fact in every report.")


class ExpectFact(_Strict):
    """What a test of a context expects."""

    value: Scalar
    because_contains: str | None = None


class ContextTest(TestRun):
    """One test of a context."""

    name: str
    expect: ExpectFact


class ContextFile(_Strict):
    """A fact about a run that follows from others: the first choice whose condition holds. Nothing is judged by it."""

    id: str = Field(pattern=ID)
    fact: str = Field(pattern=r"^meta\.[a-z_]+$", description="The fact that is concluded.")
    title: str
    override: bool = Field(default=False, description="Conclude even where the configuration says it already.")
    optional: dict[Name, Optional_] = Field(min_length=1)
    params: dict[Name, Param] = Field(default_factory=dict)
    let: dict[Name, str] = Field(default_factory=dict)
    choose: list[Choice] = Field(min_length=1)
    tests: list[ContextTest] = Field(min_length=2)

    @field_validator("let", mode="before")
    @classmethod
    def _let_texts(cls, value: Any) -> Any:
        return _as_texts(value)


class RemedyText(_Strict):
    """One thing to do, cheapest first."""

    effort: Literal["minutes", "hours", "days"]
    do: str
    if_: str | None = Field(default=None, alias="if")


class ContextFactor(_Strict):
    """A condition that makes the cause more or less probable before any finding."""

    if_: str = Field(alias="if")
    factor: Number = Field(gt=0, le=100, description="On the odds of the cause.")
    why: str = Field(description="The reason, with numbers or texts: stands beside the cause in every report.")


class ExpectFactor(_Strict):
    """What a test of a cause expects: the factor that all conditions together put on its odds."""

    factor: float
    because_contains: str | None = None


class CauseTest(TestRun):
    """One test of a cause's conditions: a run, facts of its program, and values of findings that fire."""

    name: str
    code: dict[str, str] = Field(default_factory=dict)
    findings: dict[str, dict[str, Scalar]] = Field(default_factory=dict)
    expect: ExpectFactor


class CauseFile(_Strict):
    """A cause: what it explains, what speaks against it, what to do about it."""

    id: str = Field(pattern=ID)
    title: str
    summary: str
    since: str = ""
    prior: Number = Field(gt=0, lt=0.5, description="How often it is to blame in a run that somebody asks about.")
    override: bool = False
    networks: bool = Field(
        False, description="Only networks have it; it is never to blame where boosted trees are trained."
    )
    explains: dict[str, Strength] = Field(
        min_length=1, description="symptom: how probable it is that it shows when this is the only cause."
    )
    against: dict[str, Strength] = Field(
        default_factory=dict, description="symptom: factor (0..1) on the odds of this cause when the symptom shows."
    )
    leads_to: list[str] = Field(default_factory=list)
    optional: dict[Name, Optional_] = Field(default_factory=dict)
    let: dict[Name, str] = Field(default_factory=dict)
    context: list[ContextFactor] = Field(default_factory=list)
    remedies: list[RemedyText] = Field(min_length=1)
    verify: str
    refute: str
    references: list[Reference] = Field(default_factory=list, description="What it rests on.")
    playbook: list[str] = Field(default_factory=list, description="Items of the playbooks that it encodes.")
    tests: list[CauseTest] = Field(default_factory=list, description="Of its conditions.")

    @field_validator("explains", mode="before")
    @classmethod
    def _strengths(cls, value: Any) -> Any:
        return _as_strengths(value)

    @field_validator("let", mode="before")
    @classmethod
    def _let_texts(cls, value: Any) -> Any:
        return _as_texts(value)


def _as_texts(value: Any) -> Any:
    return {k: _as_text(v) for k, v in value.items()} if isinstance(value, dict) else value


def _as_strengths(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: STRENGTHS.get(v, v) if isinstance(v, str) else v for k, v in value.items()}


def _as_text(value: Any) -> Any:
    """An expression may be a bare number or truth value in YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else value


def rule_schema() -> dict[str, Any]:
    """Return the JSON Schema of rule, cause and context files, for editors; it knows the short forms too."""
    rule, cause, context = (model.model_json_schema(by_alias=True) for model in (Rule, CauseFile, ContextFile))
    definitions: dict[str, Any] = {**rule.pop("$defs"), **cause.pop("$defs"), **context.pop("$defs")}
    for name in ("Source", "Optional_"):
        _also(definitions[name]["properties"], "from", {"type": "string"})
    _also(definitions["Evidence"]["properties"], "plot", {"type": "string"})
    definitions["Reference"] = {"anyOf": [{"type": "string"}, definitions["Reference"]]}
    _also(rule["properties"], "when", {"type": ["number", "boolean"]})
    for schema in (rule, cause, context):
        schema["properties"]["let"] = {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        }
    for strengths in (cause["properties"]["explains"], rule["properties"]["causes"]):
        strengths["additionalProperties"] = {"anyOf": [{"type": "number"}, {"enum": list(STRENGTHS)}]}
    rule["properties"]["inputs"] = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Source"}]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "logdoc rule, cause or context",
        "$defs": definitions,
        "anyOf": [rule, cause, context],
    }


def _also(properties: dict[str, Any], key: str, form: dict[str, Any]) -> None:
    """Allow a second, shorter form of one key."""
    properties[key] = {"anyOf": [form, properties[key]]}
