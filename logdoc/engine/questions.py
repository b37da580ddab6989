"""Questions about what no log holds, as data: ``rules/_questions/``. An answer sets a fact, or moves causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from logdoc.documents import load_yaml
from logdoc.engine.compiled import source_type
from logdoc.engine.expression import ExpressionError, compile_expression
from logdoc.engine.inputs import bind_optional
from logdoc.engine.kinds import Scope
from logdoc.engine.schema import ID, Name, Optional_, Scalar
from logdoc.errors import RuleError, RuleErrors
from logdoc.resources import bundled, walk

if TYPE_CHECKING:
    from logdoc.engine.expression import Expression
    from logdoc.engine.inputs import EngineInput

FOLDER = "_questions"
Factor = Annotated[float, Field(gt=0, le=100)]
Fact = Annotated[str, Field(pattern=r"^meta\.[a-z0-9_]+$")]


class Choice(BaseModel):
    """One answer to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID)
    says: str = Field(min_length=2)
    usual: float = Field(default=1.0, gt=0, description="How usual it is where none of the causes is to blame.")
    causes: dict[str, Factor] = Field(default_factory=dict, description="cause: factor on its odds.")
    facts: dict[Fact, Scalar] = Field(default_factory=dict, description="Facts that the answer states.")


class Question(BaseModel):
    """One question: choices that move causes, or a number that is a fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID)
    ask: str = Field(min_length=5)
    why: str = Field(min_length=5, description="Why it is asked: stands below the question.")
    optional: dict[Name, Optional_] = Field(default_factory=dict)
    when: str = Field(default="true", description="In which runs it makes sense.")
    number: Fact | None = Field(default=None, description="The fact that the answer, a number, states.")
    tells: list[str] = Field(default_factory=list, description="Rules that can be judged once the number is known.")
    choices: list[Choice] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_kind(self) -> Question:
        if (self.number is None) == (not self.choices) or (self.number is None) == bool(self.tells):
            raise ValueError("a question has choices, or a number and the rules that it tells about")
        if len({choice.id for choice in self.choices}) != len(self.choices) or len(self.choices) == 1:
            raise ValueError("a question has two choices or more, each with an id of its own")
        return self

    def choice(self, answer: object) -> Choice | None:
        """Return the choice of that id, if there is one."""
        return next((choice for choice in self.choices if choice.id == answer), None)


@dataclass(frozen=True)
class CompiledQuestion:
    """A question whose condition can be evaluated on a run."""

    question: Question
    condition: Expression

    def fits(self, run: EngineInput) -> bool:
        """Whether it makes sense to ask it about a run; a condition that is unknown says no."""
        return self.condition.run(Scope(bind_optional(self.question.optional, run), run.memo)) is True


def load_questions() -> tuple[CompiledQuestion, ...]:
    """Return the bundled questions in order of their ids.

    Raises:
        RuleErrors: with every fault of every file.
    """
    made: dict[str, CompiledQuestion] = {}
    faults: list[RuleError] = []
    for path, file in walk(bundled("rules") / FOLDER, ".yaml"):
        where = f"rules/{FOLDER}/{path}"
        document = load_yaml(file.read_text(encoding="utf-8"), where=where)
        try:
            question = Question.model_validate(document.data)
            types = {name: source_type(source, None, "run") for name, source in question.optional.items()}
            compiled = CompiledQuestion(question, compile_expression(question.when, types))
        except ValidationError as error:
            faults.extend(RuleError(f"{one['loc']}: {one['msg']}", where=where) for one in error.errors())
        except ExpressionError as error:
            faults.append(RuleError(f"{error.what} in 'when'", where=where, hint=error.hint))
        else:
            made[question.id] = compiled
    if faults:
        raise RuleErrors(faults)
    return tuple(made[name] for name in sorted(made))
