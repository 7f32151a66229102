"""Checks the everyday questions against their documents: python -m benchmarks.everyday.verify

Every answer and every support has to stand in what the loaders read of the document, every `right` has to accept its
support, ids and questions have to be unique, and no document may be in two splits or in both sets. Listed are supports
that do not stand in one piece in what was read. Exit code 1 where anything is wrong.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.everyday.files import text, written
from benchmarks.everyday.questions import SET, TRAINING, Question, read
from benchmarks.everyday.sources import Source, sources
from benchmarks.everyday.support import spaced, span_of
from rag.core.file_types import BY_SUFFIX
from rag.documents.loaders import load


def texts(found: dict[str, Source]) -> dict[str, list[str]]:
    """Of each document what the loaders make of its pages; of formats that they do not read, what was written."""
    with tempfile.TemporaryDirectory() as folder:
        said = {}
        for name, path in written(found, Path(folder)).items():
            kind = BY_SUFFIX.get(path.suffix)
            parsed = load(path, kind.media_type, name) if kind else None
            said[name] = [page.text for page in parsed.pages] if parsed else [text(found[name])]
            for notice in parsed.notices if parsed else ():
                print(f"{name}: {notice}")
        return said


def faults(question: Question, pages: list[str]) -> list[str]:
    """What is wrong with one question. pages: of its document."""
    if question.right is None:
        return ["has an answer, but none that is right"] * bool(question.answer or question.support)
    found = []
    if all(span_of(question.answer, page) is None for page in pages):
        found.append(f"{question.answer!r} does not stand in its document")
    if not re.search(question.right, spaced(question.support) + " "):
        found.append(f"{question.right!r} does not accept its support")
    if all(span_of(question.support, page) is None for page in pages):
        found.append(f"support is not in one piece: {question.support!r}")
    return found


def main() -> int:
    found = sources()
    read_texts = texts(found)
    wrong = 0
    splits: dict[str, set[str]] = defaultdict(set)
    asked: set[tuple[str, ...]] = set()
    for question in [*read(SET), *read(TRAINING)]:
        for fault in faults(question, read_texts[question.document]):
            wrong += 1
            print(f"{question.id} {question.document}: {question.question}: {fault}")
        key = (question.question, *question.files)
        if key in asked or (question.id,) in asked:
            wrong += 1
            print(f"TWICE: {question.id} {question.question}")
        asked |= {key, (question.id,)}
        for name in question.files:
            splits[name].add(question.split)
    torn = {name: found for name, found in splits.items() if len(found) > 1}
    print(json.dumps({"documents": len(found), "asked of": len(splits), "wrong": wrong, "in two splits": len(torn)}))
    return 1 if wrong or torn or set(found) != set(splits) else 0


if __name__ == "__main__":
    sys.exit(main())
