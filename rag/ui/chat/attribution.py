"""Who answered a turn and what it took, in words. Pure."""

from collections.abc import Sequence
from typing import Any

from rag.core.model_ref import QUOTING, ModelRef
from rag.core.types import ROUTER, Answer, Assistant, Turn, TurnState
from rag.core.types.trace import WeighedAssistant
from rag.ui.assistants.form_data import ICONS
from rag.ui.i18n import text
from rag.ui.shell.formatting import format_number, visible

TELLS = 0.05
"""A share below this is no reason to choose an assistant."""


def answered_by(turn: Turn, language: str, asked: Assistant | None = None) -> dict[str, Any] | None:
    """Who answered, and why it was chosen, for the `turn` component; None where no assistant was asked.

    asked: the assistant that is to answer, while the turn does not say so itself yet.
    """
    assistant = turn.trace.plan.assistant
    weighed = assistant.weighed if assistant is not None else ()
    by = assistant or asked
    if by is None:
        return None
    name = visible(by.name)
    return {
        "id": by.id,
        "name": name,
        "said": text("who_version", language, name=name, version=by.version) if by.version else name,
        # a name that is no icon would be drawn as a word
        "icon": by.icon if by.icon in ICONS else "person",
        "picture": by.picture,
        "because": because(weighed[0], language) if weighed else "",
        "others": _others(weighed[1:], language),
    }


def because(fit: WeighedAssistant, language: str) -> str:
    """Why the router chose an assistant, in one sentence. fit: how well it fits, as it was recorded."""
    example, scope = fit.example or 0.0, fit.scope or 0.0
    reasons = []
    if fit.nearest and example >= TELLS:
        reasons.append(text("who_example", language, example=visible(fit.nearest), share=_percent(example)))
    if scope >= TELLS:
        reasons.append(text("who_scope", language, share=_percent(scope)))
    if fit.perspective >= TELLS:
        reasons.append(text("who_angle", language, share=_percent(fit.perspective)))
    if not reasons:
        reasons.append(text("who_nothing", language))
    *first, last = reasons
    both = f"{', '.join(first)} {text('who_and', language)} {last}" if first else last
    return text("who_chosen", language, reasons=both)


def chain(turn: Turn, steps: Sequence[str] = (), at: int = 0) -> list[dict[str, str]]:
    """The assistants that the answer went through, in order; none for fewer than two.

    steps: their names, and at: the number of the one at work, from 1, while the turn runs.
    """
    if turn.state is TurnState.RUNNING:
        states = ["done" if n < at else "now" if n == at else "waits" for n in range(1, len(steps) + 1)]
        shown = [{"name": visible(name), "state": state} for name, state in zip(steps, states, strict=True)]
    else:
        shown = [
            {"name": visible(step.name), "state": "done" if step.output else "nothing"}
            for step in turn.trace.writing.steps
        ]
    return shown if len(shown) > 1 else []


def is_cut_off(turn: Turn) -> bool:
    """Whether what a model wrote breaks off before its end, and the user did not stop it."""
    answer: Answer | None = turn.answer
    return answer is not None and (answer.cut_off or (turn.state is TurnState.FAILED and answer.is_written))


def took(turn: Turn, language: str, *, free: bool = False) -> list[str]:
    """Such as ["first word 0.8 s", "44 tokens/s", "0.02 USD"]. free: say so where it cost nothing."""
    writing = turn.trace.writing
    generations = (writing.generation, *(step.generation for step in writing.steps))
    used = [generation.used for generation in generations if generation.used is not None]
    facts = []
    first = next((one.first_token_s for one in used if one.first_token_s is not None), None)
    if first is not None:
        # "0,0 s" would read as if it had been there before it was asked
        facts.append(text("first_word", language, seconds=format_number(max(first, 0.1), 1, language)))
    speed = next((one.tokens_per_second for one in reversed(used) if one.tokens_per_second), None)
    if speed is not None:
        facts.append(text("tokens_per_second", language, count=format_number(speed, 0 if speed >= 10 else 1, language)))
    costs: dict[str, float] = {}
    for one in used:
        if one.cost:
            costs[one.currency] = costs.get(one.currency, 0.0) + one.cost
    for currency, cost in costs.items():
        written = format_number(cost, 2 if cost >= 0.01 else 4, language)
        facts.append(text("cost_of", language, cost=written, currency=visible(currency)).strip())
    if free and not costs:
        facts.append(text("cost_free", language))
    return facts


def model_name(model: str, language: str) -> str:
    """An answer model as a reader names it: "Quotes only", a file's name, a server's model, a folder's name."""
    ref = ModelRef.parse(model)
    if ref.kind == "quoting":
        return text("quoting_model", language)
    return visible(f"{ref.model} ({ref.server})" if ref.kind == "server" else ref.model)


def title(turn: Turn, language: str, asked: Assistant | None = None) -> str:
    """What a turn of a panel is called: its assistant, or its model where it had none."""
    who = answered_by(turn, language, asked)
    if who is not None:
        return str(who["name"])
    if turn.conditions.assistant == ROUTER:
        return text("choice_router", language)
    return model_name(turn.trace.plan.model or turn.conditions.answer_model or QUOTING, language)


def _others(weighed: Sequence[WeighedAssistant], language: str) -> str:
    names = [text("who_score", language, name=visible(fit.name), share=_percent(fit.score)) for fit in weighed]
    return text("who_others", language, names=", ".join(names)) if names else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
