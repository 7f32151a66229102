"""What the assistants page shows and takes in, as values. Pure.

The fields of the form are named after those of an assistant; of example 0 they are "example_0_question",
"example_0_answer" and "example_0_passage_0", and of the steps "step_0" to "step_2".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from rag.core.types import MAX_STEPS, Assistant, Example, Preference, Scope

ICONS = (
    "person",
    "gavel",
    "checklist",
    "support_agent",
    "menu_book",
    "fact_check",
    "edit_note",
    "translate",
    "engineering",
    "science",
    "shield",
    "payments",
    "school",
    "groups",
    "lightbulb",
    "campaign",
)
"""Names of Material symbols to choose from; each has a name in `rag.core.i18n`, icon_…."""
TYPICAL_CONTEXT = 4096  # tokens
CHARACTERS_A_TOKEN = 3
"""Of Danish text in the vocabularies of small models; English needs fewer tokens."""
_TEXTS = ("name", "perspective", "tone", "before", "after", "scenario")
_CHOICES = ("icon", "length", "language", "without_evidence", "k", "temperature")
_PREFERENCE = tuple(field.name for field in fields(Preference))
STEPS = MAX_STEPS - 1


def fields_of(assistant: Assistant) -> dict[str, Any]:
    """What stands in the fields of the form for an assistant."""
    values: dict[str, Any] = {name: getattr(assistant, name) for name in (*_TEXTS, *_CHOICES, "answer_model")}
    values["scope_documents"] = list(assistant.scope.documents)
    values["scope_tags"] = list(assistant.scope.tags)
    values |= {name: list(getattr(assistant.preference, name)) for name in _PREFERENCE}
    for place in range(STEPS):
        values[f"step_{place}"] = assistant.steps[place] if place < len(assistant.steps) else 0
    for n, example in enumerate(assistant.examples):
        values[f"example_{n}_question"] = example.question
        values[f"example_{n}_answer"] = example.answer
        values |= {f"example_{n}_passage_{p}": passage for p, passage in enumerate(example.passages)}
    return values


def with_fields(assistant: Assistant, values: Mapping[str, Any]) -> Assistant:
    """`assistant` with what stands in the fields. A field that is not among `values` leaves it as it is."""

    def of(name: str, now: Any) -> Any:
        value = values.get(name, now)
        return now if value is None and name != "k" else value

    changed = {name: of(name, getattr(assistant, name)) for name in (*_TEXTS, *_CHOICES)}
    # a model whose field was emptied is that of the settings
    changed["answer_model"] = str(values.get("answer_model", assistant.answer_model) or "").strip()
    scope, preference = assistant.scope, assistant.preference
    documents = tuple(of("scope_documents", scope.documents))
    tags = tuple(of("scope_tags", scope.tags))
    page = scope.page if documents == scope.documents else None
    wanted = (of(f"step_{place}", (*assistant.steps, *[0] * STEPS)[place]) for place in range(STEPS))
    return replace(
        assistant,
        **changed,
        scope=Scope(documents, tags, page),
        preference=Preference(**{name: tuple(of(name, getattr(preference, name))) for name in _PREFERENCE}),
        steps=tuple(dict.fromkeys(step for step in wanted if step)),
        examples=tuple(
            Example(
                of(f"example_{n}_question", example.question),
                of(f"example_{n}_answer", example.answer),
                tuple(of(f"example_{n}_passage_{p}", passage) for p, passage in enumerate(example.passages)),
            )
            for n, example in enumerate(assistant.examples)
        ),
    )


def cleaned(assistant: Assistant) -> Assistant:
    """As it is kept: no spaces around texts, no example and no passage that was left empty."""
    texts = {name: getattr(assistant, name).strip() for name in _TEXTS}
    examples = (
        Example(e.question.strip(), e.answer.strip(), tuple(p.strip() for p in e.passages if p.strip()))
        for e in assistant.examples
    )
    kept = tuple(e for e in examples if e.question or e.answer or e.passages)
    preference = assistant.preference
    terms = {
        name: tuple(dict.fromkeys(term for one in getattr(preference, name) if (term := " ".join(one.split()))))
        for name in ("favoured_terms", "avoided_terms")
    }
    return replace(assistant, **texts, examples=kept, preference=replace(preference, **terms))


def changes(before: Assistant, after: Assistant) -> list[str]:
    """The names of the fields that differ, in the order in which an assistant has them."""
    names = (field.name for field in fields(Assistant) if field.name not in ("id", "version"))
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def context_tokens(assistant: Assistant) -> int:
    """About how many tokens of a model's context its angle and examples take in every question."""
    texts = [assistant.perspective, assistant.tone]
    for example in assistant.examples:
        texts += (example.question, example.answer, *example.passages)
    return -(-sum(map(len, texts)) // CHARACTERS_A_TOKEN)


def first_line(text: str, length: int = 110) -> str:
    """The first line that says something, cut where it is long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def chain(assistant: Assistant, names: Mapping[int, str], unknown: str) -> list[str]:
    """The names in the order in which they work. unknown: said of one that was deleted."""
    return [assistant.name, *(names.get(step, unknown) for step in assistant.steps)]


def moved(examples: Sequence[Example], place: int, by: int) -> tuple[Example, ...]:
    """`examples` with that at `place` moved up (-1) or down (1); unchanged at either end."""
    other = place + by
    if not (0 <= place < len(examples) and 0 <= other < len(examples)):
        return tuple(examples)
    ordered = list(examples)
    ordered[place], ordered[other] = ordered[other], ordered[place]
    return tuple(ordered)


def suits(assistant: Assistant, search: str) -> bool:
    """Whether all words of a search stand in its name, scenario or perspective."""
    said = " ".join((assistant.name, assistant.scenario, assistant.perspective)).casefold()
    return all(word in said for word in search.casefold().split())
