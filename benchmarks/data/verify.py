"""Checks questions against their documents: python -m benchmarks.data.verify QUESTIONS.jsonl DOCUMENT.pdf [...]

The text of a page is what Kilde stores of it. Every answer has to stand, white space aside, on every page that the
question names, those in "also" included (there perhaps in the words of "also_answers"); also listed is where else it
stands, so that a page that answers just as well is not forgotten. Ids and questions have to be unique, and no page may
be asked about in two splits. Questions that name a document which is not given are counted and left out. Exit code 1
where anything is wrong.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rag.core.file_types import PDF
from rag.documents.loaders import load


def normalised(text: str) -> str:
    return " ".join(text.split())


def pages_of(document: Path) -> list[str]:
    """The text of each page, white space collapsed."""
    return [normalised(page.text) for page in load(document, PDF, document.name).pages]


def wanted_on(item: dict[str, Any]) -> dict[int, str]:
    """Page -> what has to stand there."""
    first = item["pages"] if "pages" in item else [item["page"]]
    also = item.get("also", [])
    words = {int(page): text for page, text in item.get("also_answers", {}).items()}
    return {page: normalised(words.get(page, item["answer"])) for page in [*first, *also]}


def twice(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def main(questions: Path, documents: list[Path]) -> int:
    pages = {document.name: pages_of(document) for document in documents}
    items = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    failed = left_out = 0
    split_of: dict[tuple[str, int], str] = {}
    for item in items:
        name = item.get("document", documents[0].name)
        if name not in pages:
            left_out += 1
            continue
        wanted = wanted_on(item)
        if not wanted:
            continue
        missing = [page for page, text in wanted.items() if text not in pages[name][page - 1]]
        answer = normalised(item["answer"])
        elsewhere = [page for page, text in enumerate(pages[name], 1) if answer in text and page not in wanted]
        split = item.get("split", "")
        other = [page for page in wanted if split_of.setdefault((name, page), split) != split]
        failed += bool(missing or other)
        print(
            f"{item['id']}: {'MISSING on ' + str(sorted(missing)) if missing else 'ok'}",
            f"ALSO IN ANOTHER SPLIT {sorted(other)}" * bool(other),
            f"also on {elsewhere}" * bool(elsewhere),
        )
    again = twice([item["id"] for item in items]) + twice([item.get("question", item.get("q")) for item in items])
    for value in again:
        print(f"TWICE: {value}")
    print(f"{sum(map(len, pages.values()))} pages, {failed} questions failed, {left_out} about documents not given")
    return 1 if failed or again else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
