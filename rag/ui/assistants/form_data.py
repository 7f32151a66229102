"""Conversion between an assistant and the fields of its form. Pure.

Fields are named after the assistant's attributes; those of example 0 are "example_0_question", "example_0_answer" and
"example_0_passage_0", and those of the steps "step_0" to "step_2".
"""

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
"""The Material symbols on offer; each has a translated name in `rag.core.i18n`, icon_…."""
TYPICAL_CONTEXT = 4096  # tokens
CHARACTERS_PER_TOKEN = 3
"""Of Danish text with the tokenizers of small models; English needs fewer tokens."""
_TEXTS = ("name", "perspective", "tone", "before", "after", "scenario")
_CHOICES = ("icon", "length", "language", "without_evidence", "k", "temperature")
_PREFERENCE = tuple(field.name for field in fields(Preference))
STEP_FIELDS = MAX_STEPS - 1


def to_fields(assistant: Assistant) -> dict[str, Any]:
    """The values of the form's fields for an assistant."""
    values: dict[str, Any] = {name: getattr(assistant, name) for name in (*_TEXTS, *_CHOICES, "answer_model")}
    values["scope_documents"] = list(assistant.scope.documents)
    values["scope_tags"] = list(assistant.scope.tags)
    values |= {name: list(getattr(assistant.preference, name)) for name in _PREFERENCE}
    for place in range(STEP_FIELDS):
        values[f"step_{place}"] = assistant.steps[place] if place < len(assistant.steps) else 0
    for n, example in enumerate(assistant.examples):
        values[f"example_{n}_question"] = example.question
        values[f"example_{n}_answer"] = example.answer
        values |= {f"example_{n}_passage_{p}": passage for p, passage in enumerate(example.passages)}
    return values


def with_fields(assistant: Assistant, values: Mapping[str, Any]) -> Assistant:
    """`assistant` with the fields' values. A field missing from `values` leaves the attribute unchanged."""

    def field_value(name: str, current: Any) -> Any:
        value = values.get(name, current)
        return current if value is None and name != "k" else value

    values_by_name = {name: field_value(name, getattr(assistant, name)) for name in (*_TEXTS, *_CHOICES)}
    # an empty model field stands for the model of the settings
    values_by_name["answer_model"] = str(values.get("answer_model", assistant.answer_model) or "").strip()
    scope, preference = assistant.scope, assistant.preference
    documents = tuple(field_value("scope_documents", scope.documents))
    tags = tuple(field_value("scope_tags", scope.tags))
    page = scope.page if documents == scope.documents else None
    steps = (
        field_value(f"step_{place}", (*assistant.steps, *[0] * STEP_FIELDS)[place]) for place in range(STEP_FIELDS)
    )
    return replace(
        assistant,
        **values_by_name,
        scope=Scope(documents, tags, page),
        preference=Preference(**{name: tuple(field_value(name, getattr(preference, name))) for name in _PREFERENCE}),
        steps=tuple(dict.fromkeys(step for step in steps if step)),
        examples=tuple(
            Example(
                field_value(f"example_{n}_question", example.question),
                field_value(f"example_{n}_answer", example.answer),
                tuple(field_value(f"example_{n}_passage_{p}", passage) for p, passage in enumerate(example.passages)),
            )
            for n, example in enumerate(assistant.examples)
        ),
    )


def normalize(assistant: Assistant) -> Assistant:
    """The assistant as it is saved: texts stripped, empty examples and passages removed."""
    texts = {name: getattr(assistant, name).strip() for name in _TEXTS}
    examples = (
        Example(e.question.strip(), e.answer.strip(), tuple(p.strip() for p in e.passages if p.strip()))
        for e in assistant.examples
    )
    non_empty = tuple(e for e in examples if e.question or e.answer or e.passages)
    preference = assistant.preference
    terms = {
        name: tuple(
            dict.fromkeys(term for term_text in getattr(preference, name) if (term := " ".join(term_text.split())))
        )
        for name in ("favoured_terms", "avoided_terms")
    }
    return replace(assistant, **texts, examples=non_empty, preference=replace(preference, **terms))


def changed_fields(earlier: Assistant, later: Assistant) -> list[str]:
    """The names of the attributes that differ, in the order of `Assistant`."""
    names = (field.name for field in fields(Assistant) if field.name not in ("id", "version"))
    return [name for name in names if getattr(earlier, name) != getattr(later, name)]


def context_tokens(assistant: Assistant) -> int:
    """About how many tokens the assistant's perspective and examples take of every prompt."""
    texts = [assistant.perspective, assistant.tone]
    for example in assistant.examples:
        texts += (example.question, example.answer, *example.passages)
    return -(-sum(map(len, texts)) // CHARACTERS_PER_TOKEN)


def first_line(text: str, length: int = 110) -> str:
    """The first non-blank line, shortened to `length` characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def chain_names(assistant: Assistant, names: Mapping[int, str], unknown: str) -> list[str]:
    """The assistant's name and those of its steps, in order. unknown: stands for a deleted assistant."""
    return [assistant.name, *(names.get(step, unknown) for step in assistant.steps)]


def move_example(examples: Sequence[Example], place: int, step: int) -> tuple[Example, ...]:
    """`examples` with the one at `place` moved by `step`, -1 for up or 1 for down; unchanged at either end."""
    target = place + step
    if not (0 <= place < len(examples) and 0 <= target < len(examples)):
        return tuple(examples)
    ordered = list(examples)
    ordered[place], ordered[target] = ordered[target], ordered[place]
    return tuple(ordered)


def matches_search(assistant: Assistant, search: str) -> bool:
    """Whether every word of a search occurs in the assistant's name, scenario or perspective."""
    searchable = " ".join((assistant.name, assistant.scenario, assistant.perspective)).casefold()
    return all(word in searchable for word in search.casefold().split())
