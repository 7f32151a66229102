"""Questions of a conversation against the same questions asked in full: python -m benchmarks.followups

Conversations of two and three turns over Debian's Danish manuals, and over English articles and a manual. Every later
turn is searched as the app does with default settings: as it stands in the conversation, with the turns before
it; in full, on its own; and as it stands, on its own. Counted is how often a passage with the answer, on the page it
stands on, is among the first four.

"development" are the conversations that `rag.retrieval.followup` was made with: what it reaches there is too good.
"held out" are
those of data/followups_held_out.jsonl, by another author, where that file is there. "chance" is a hard test of changes
of topic: every first question is asked after that of another conversation, drawn by chance.

--verify only checks that every answer stands where the set says.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2

from benchmarks import manual
from benchmarks.question_sets import CACHE, DATA, load
from rag.core.types import Hit
from rag.library import Library
from rag.retrieval.followup import GOES_ON, ON_ITS_OWN, UNSURE, mix, mixed, standalone

RESULT = Path(__file__).parent / "results" / "followups.json"
HELD_OUT = DATA / "followups_held_out.jsonl"
GUIDE = "installation-guide-amd64"
K = 4
LANGUAGES = ("da", "en")
DEVELOPMENT, HELD, CHANCE = "development", "held out", "chance"
WAYS = ("conversation", "in_full", "alone")
RESAMPLES = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn of the set. full: the same question for somebody who was not there. answers: literal, any of them."""

    question: str
    full: str
    kind: str
    document: str
    pages: tuple[int, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of the set. split: DEVELOPMENT, HELD or CHANCE."""

    id: str
    language: str
    split: str
    turns: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one later turn. turn counts from 1. ranks: by way, None where not among the first four."""

    talk: Talk
    turn: int
    searched: str
    ranks: dict[str, int | None]

    @property
    def asked(self) -> Asked:
        return self.talk.turns[self.turn - 1]


def talks(language: str, held_out: Path | None = None) -> list[Talk]:
    """The conversations of one language. held_out: a file with further ones, of any language."""
    files = [(DATA / f"followups_{language}.jsonl", DEVELOPMENT), *([(held_out, HELD)] if held_out else [])]
    read = []
    for path, split in files:
        for line in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
            raw = json.loads(line)
            turns = tuple(
                Asked(t["q"], t["full"], t["kind"], t["document"], tuple(t["pages"]), tuple(t["answers"]))
                for t in raw["turns"]
            )
            if raw["language"] == language:
                read.append(Talk(raw["id"], language, split, turns))
    return read


def by_chance(of: Sequence[Talk]) -> list[Talk]:
    """For each conversation its first question, asked after the first of another one, about other pages."""
    draw, found = random.Random(5), []
    for talk in of:
        own = talk.turns[0]
        others = [
            t.turns[0]
            for t in of
            if t.turns[0].document != own.document or not set(t.turns[0].pages).intersection(own.pages)
        ]
        turns = (draw.choice(others), replace(own, kind="change"))
        found.append(Talk(f"{talk.id}-chance", talk.language, CHANCE, turns))
    return found


@cache
def guide(language: str) -> bytes:
    """Debian's installation guide as a PDF, from its package; kept in the cache."""
    kept = CACHE / GUIDE / f"install.{language}.pdf"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as temporary:
            subprocess.run(["apt-get", "download", GUIDE], cwd=temporary, check=True, stdout=sys.stderr)
            (package,) = Path(temporary).glob("*.deb")
            subprocess.run(["dpkg", "-x", str(package), temporary], check=True)
            packed = Path(temporary) / "usr/share/doc" / GUIDE / language / f"install.{language}.pdf.gz"
            kept.write_bytes(gzip.decompress(packed.read_bytes()))
    return kept.read_bytes()


def documents(language: str) -> dict[str, bytes]:
    """What the questions of one language are asked of, by name."""
    found = {f"install.{language}.pdf": guide(language)}
    if language == "da":
        path = manual.fetched()
        return {path.name: path.read_bytes(), **found}
    articles = load(DATA / "xquad_en.json").documents
    return {**{name: text.encode("utf-8") for name, text in articles.items()}, **found}


def indexed(language: str) -> Library:
    """A library with these documents, by default settings; indexed at the first call, with progress on stderr."""
    library = Library.open(CACHE / f"followups_{language}", work=False)
    known = {d.name for d in library.documents.all()}
    for name, data in documents(language).items():
        if name not in known:
            library.documents.add(name, data)
    library.work_until_done(
        lambda p: print(f"\r{p.space.chunks_done} of {p.space.chunks} chunks  ", end="", file=sys.stderr)
    )
    return library


def plain(text: str) -> str:
    return " ".join(text.split())


def misplaced(language: str, of: Sequence[Talk]) -> list[str]:
    """The turns with an answer that stands on none of its pages, or a page with none of its answers."""
    pages: dict[str, list[str]] = {}
    for name, data in documents(language).items():
        if name.endswith(".pdf"):
            texts = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]
        else:
            texts = [data.decode("utf-8")]
        pages[name] = [plain(text) for text in texts]
    wrong = []
    for talk in of:
        for number, turn in enumerate(talk.turns, 1):
            texts = [pages[turn.document][page - 1] for page in turn.pages]
            stands = all(any(answer in text for text in texts) for answer in turn.answers)
            if not stands or not all(any(answer in text for answer in turn.answers) for text in texts):
                wrong.append(f"{talk.id}, turn {number}: {turn.answers} on {turn.pages} of {turn.document}")
    return wrong


def rank(hits: Sequence[Hit], asked: Asked) -> int | None:
    """The place of the first passage with the answer among the first four."""
    for place, hit in enumerate(hits[:K], 1):
        here = hit.document == asked.document and hit.chunk.page in asked.pages
        if here and any(answer in plain(hit.chunk.text) for answer in asked.answers):
            return place
    return None


def ask(library: Library, talk: Talk) -> list[Row]:
    """A conversation, turn by turn, searched as `Answering.ask` does; whether it is answered is not decided here."""
    rows: list[Row] = []
    before, used = "", []
    for number, asked in enumerate(talk.turns, 1):
        by, searched = mix(asked.question, before), standalone(asked.question, before)
        hits = library.search(searched).hits
        alone = hits if by == ON_ITS_OWN else library.search(asked.question).hits
        if by != ON_ITS_OWN:
            hits = mixed(hits, alone, by, used)
        if number > 1:
            full = hits if by == ON_ITS_OWN and asked.full == searched else library.search(asked.full).hits
            ways = {"conversation": hits, "in_full": full, "alone": alone}
            rows.append(Row(talk, number, searched, {way: rank(found, asked) for way, found in ways.items()}))
        before, used = (searched if by == GOES_ON else asked.question), hits[:K]
    return rows


def interval(rows: Sequence[Row]) -> tuple[float, float]:
    """95 % of the difference conversation - in full, in points: conversations are drawn again with replacement."""
    gains: dict[str, list[int]] = {}
    for row in rows:
        gains.setdefault(row.talk.id, []).append(
            (row.ranks["conversation"] is not None) - (row.ranks["in_full"] is not None)
        )
    groups, draw, drawn = list(gains.values()), random.Random(1), []
    for _ in range(RESAMPLES):
        sample = [gain for group in draw.choices(groups, k=len(groups)) for gain in group]
        drawn.append(100 * statistics.fmean(sample))
    drawn.sort()
    return round(drawn[int(0.025 * RESAMPLES)], 1), round(drawn[int(0.975 * RESAMPLES)], 1)


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Recall among the first four and mean reciprocal rank, by way, and the difference in points."""
    result: dict[str, Any] = {"questions": len(rows)}
    for way in WAYS:
        ranks = [row.ranks[way] for row in rows]
        result[way] = {
            "recall_at_4": round(sum(r is not None for r in ranks) / len(rows), 4),
            "mrr_at_4": round(statistics.fmean(1 / r if r else 0.0 for r in ranks), 4),
        }
    result["points"] = round(100 * (result["conversation"]["recall_at_4"] - result["in_full"]["recall_at_4"]), 1)
    result["points_95"] = interval(rows)
    return result


def table(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Figures by part, and of each part by language, number of the turn and kind."""
    views: dict[str, Callable[[Row], str]] = {
        "all": lambda row: "all",
        "language": lambda row: row.talk.language,
        "turn": lambda row: f"turn {row.turn}",
        "kind": lambda row: row.asked.kind,
        "kind, language": lambda row: f"{row.asked.kind} {row.talk.language}",
    }
    splits = dict.fromkeys(row.talk.split for row in rows)
    parts = {split: [row for row in rows if row.talk.split == split] for split in splits}
    return {
        part: {
            name: figures([row for row in of_part if view(row) == name])
            for view in views.values()
            for name in sorted({view(row) for row in of_part})
        }
        for part, of_part in parts.items()
    }


def classes(of: Sequence[Talk]) -> dict[str, dict[str, int]]:
    """How many later turns are put into which class of `rag.retrieval.followup`, apart for follow-ups and changes."""
    names = {GOES_ON: "goes_on", UNSURE: "unsure", ON_ITS_OWN: "on_its_own"}
    counted = {kind: dict.fromkeys(names.values(), 0) for kind in ("follow_ups", "changes")}
    for talk in of:
        for before, turn in pairwise(talk.turns):
            kind = "changes" if turn.kind == "change" else "follow_ups"
            counted[kind][names[mix(turn.question, before.question)]] += 1
    return counted


def main() -> None:
    """Measure, print a table, and keep the figures under results/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verify", action="store_true", help="only check the set against the documents")
    parser.add_argument("--held-out", type=Path, metavar="FILE", help=f"conversations like {HELD_OUT.name}")
    parser.add_argument("--without-held-out", action="store_true", help="leave them out, even where they are there")
    parser.add_argument(
        "--misses", choices=(DEVELOPMENT, HELD, CHANCE), help="list the turns that lose by being asked as they are"
    )
    options = parser.parse_args()
    held_out = options.held_out or (HELD_OUT if HELD_OUT.exists() else None)
    asked = {language: talks(language, None if options.without_held_out else held_out) for language in LANGUAGES}
    wrong = [line for language, of in asked.items() for line in misplaced(language, of)]
    if wrong:
        raise SystemExit("\n".join(wrong))
    print(f"{sum(map(len, asked.values()))} conversations: every answer stands where the set says")
    if options.verify:
        return
    all_talks: list[Talk] = []
    rows: list[Row] = []
    for language, of in asked.items():
        of = [*of, *by_chance([talk for talk in of if talk.split == DEVELOPMENT])]
        all_talks += of
        with indexed(language) as library:
            for talk in of:
                rows += ask(library, talk)
    splits = dict.fromkeys(talk.split for talk in all_talks)
    parts = table(rows)
    result = {
        split: {
            "conversations": sum(talk.split == split for talk in all_talks),
            "classes": classes([talk for talk in all_talks if talk.split == split]),
            "figures": parts[split],
        }
        for split in splits
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{'':30}{'n':>4}  {'conversation':>14}{'in full':>14}{'alone':>14}   points (95 %)")
    for split, part in parts.items():
        for name, line in part.items():
            cells = "".join(f"{line[way]['recall_at_4']:>8.1%}{line[way]['mrr_at_4']:>6.2f}" for way in WAYS)
            print(f"{split + ' ' + name:30}{line['questions']:>4}  {cells}   {line['points']:+} {line['points_95']}")
    for row in rows:
        lost = row.ranks["conversation"] is None and row.ranks["in_full"] is not None
        if lost and options.misses == row.talk.split:
            print(row.talk.id, row.asked.kind, row.ranks, row.searched, "|", row.asked.full)


if __name__ == "__main__":
    main()
