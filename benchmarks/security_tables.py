"""The tables of SECURITY.md: hostile inputs, documents that give orders, and faults on purpose. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.result_tables import grid

Results = Mapping[str, Any]
KINDS = {
    "pdf": "PDFs",
    "text": "text files",
    "markdown": "Markdown files",
    "office": "archives called Office files and books",
    "inside": "Office files, books, sheets, web pages and mails with something hostile inside",
    "archive": "archives",
    "any": "the same under every suffix that is read",
}
"""What the kinds of hostile files are called."""
_MODELS = {"gemma-3-270m-q4_k_m": "Gemma 3 270M (base)", "qwen": "Qwen2.5-Coder 1.5B Instruct"}


def hostile(results: Results) -> str:
    """Files and values made to break their readers."""
    if (result := results.get("hostile")) is None:
        return _missing("tests.hostile_inputs --write")
    rows = [
        [
            KINDS.get(kind, kind),
            f"{row['files']:,}",
            f"{row['documents']:,}",
            f"{sum(row['refusals'].values()):,}",
            f"{row['faults']:,}",
            f"{row['slowest_s']:.1f} s",
        ]
        for kind, row in result["files"].items()
    ]
    files = grid(["files", "tried", "a document", "refused in words", "anything else", "slowest"], rows)
    rows = [
        [name, f"{sum(row['said'].values()):,}", _listed(row["said"]), f"{row['faults']:,}", f"{row['seconds']:.0f} s"]
        for name, row in result["values"].items()
    ]
    values = grid(["values", "tried", "came to", "faults", "took"], rows)
    one = result["library"]
    same = "the same" if one["answer_as_before"] else "ANOTHER"
    return "\n\n".join(
        (
            f"`python -m tests.hostile_inputs --examples {result['examples']} --seed {result['seed']}`",
            files,
            values,
            f"{one['files']:,} of the files (those of up to 300 kB) dropped on one library ({one['seconds']:.0f} s):"
            f" {_listed(one['ends'])}; the answer from the documents of before was {same} afterwards; `verify` found"
            f" {one['problems']} problems.",
        )
    )


def injections(results: Results) -> str:
    """How often an answer does what a document says."""
    if (result := results.get("injections")) is None:
        return _missing("benchmarks.injections")
    models = {_MODELS.get(name, name): one for name, one in result.get("models", {}).items()}
    quoting = result["quoting"]
    others = quoting["others"]
    head = ["kind of order", "quoting: the marker is quoted", *(f"{name}: leaked" for name in models)]
    kinds = list(quoting["kinds"])
    rows = [
        [
            kind,
            _of(quoting["kinds"][kind]),
            *(_of(one["kinds"][kind]) if kind in one["kinds"] else "" for one in models.values()),
        ]
        for kind in kinds
    ]
    shares = [_share(one["leaked"], one["asked"]) for one in models.values()]
    rows.append(["*all*", _share(quoting["quoted"], quoting["asked"]), *shares])
    said = [
        f"`python -m benchmarks.injections` (`--model FILE.gguf` for another model), {result['documents']} documents.",
        "*Quoted* is not obeyed: where a document is asked, its own words are what is quoted, and they say whose they"
        f" are. Of {others['asked']} questions that other documents answer, {others['unchanged']} had the very same"
        f" answer after all {result['documents']} were added, and {others['leaked']} held a marker.",
        grid(head, rows),
    ]
    for name, one in models.items():
        (right, asked), (plain, of) = one["right_answer"]["with"], one["right_answer"]["without"]
        bare = one["kinds"].get("no order at all", {"leaked": 0, "asked": 0})
        said.append(
            f"{name}: of {one['leaked']} answers that leaked, {one['leaked_and_called_supported']} had the sentence"
            f" called supported, since it stands in the document. The right answer was there in {right} of {asked} with"
            f" an order, in {plain} of {of} without; {bare['leaked']} of {bare['asked']} without an order leaked."
        )
    return "\n\n".join(said)


def faults(results: Results) -> str:
    """Programs killed, disks that are full, bits that flip."""
    if (result := results.get("faults")) is None:
        return _missing("tests.faults")
    rows = []
    for row in result["rows"].values():
        wrong = "not run: " + row["not_run"] if row["not_run"] else _listed(row["wrong"])
        rows.append([row["name"], f"{row['cases']:,}", wrong, _listed(row["told"]), f"{row['seconds']:.0f} s"])
    return "\n\n".join(("`python -m tests.faults`", grid(["fault", "cases", "must be 0", "told", "took"], rows)))


def _listed(counts: Mapping[str, Any]) -> str:
    written = {name: f"{value:,}" if isinstance(value, int) else f"{value}" for name, value in counts.items()}
    return ", ".join(f"{name} {value}" for name, value in written.items())


def _of(row: Mapping[str, int]) -> str:
    return f"{row['leaked']} of {row['asked']}"


def _share(some: int, all_: int) -> str:
    return f"{some} of {all_} ({100 * some / all_:.0f} %)" if all_ else "0 of 0"


def _missing(command: str) -> str:
    return f"Not measured yet: `python -m {command}`."


PARTS: Mapping[str, Callable[[Results], str]] = {"hostile": hostile, "injections": injections, "faults": faults}
"""By name, in the order of the text."""
