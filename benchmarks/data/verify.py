"""Checks questions against the document they are about: python benchmarks/data/verify.py QUESTIONS.jsonl DOCUMENT.pdf

Every answer has to stand, white space aside, on every page that the question names; also listed is where else it
stands, so that a page that answers just as well is not forgotten. Exit code 1 where an answer is missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pypdfium2


def normalised(text: str) -> str:
    return " ".join(text.split())


def main(questions: Path, document: Path) -> int:
    pdf = pypdfium2.PdfDocument(document)
    pages = [normalised(page.get_textpage().get_text_bounded()) for page in pdf]
    failed = 0
    for line in questions.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        wanted = item["pages"] if "pages" in item else [item["page"]]
        if not wanted:
            continue
        found = [number for number, text in enumerate(pages, 1) if normalised(item["answer"]) in text]
        missing = sorted(set(wanted) - set(found))
        failed += bool(missing)
        elsewhere = sorted(set(found) - set(wanted))
        print(
            f"{item['id']}: {'MISSING on ' + str(missing) if missing else 'ok'}",
            f"also on {elsewhere}" * bool(elsewhere),
        )
    print(f"{len(pages)} pages, {failed} questions failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
