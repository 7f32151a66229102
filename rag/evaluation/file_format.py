"""Saved questions as files: JSON that can be loaded again, here or as a question set, and CSV for a spreadsheet.

The JSON holds `documents` ({id, text}) and `questions` ({id, question, doc, answers, start}): `start` is where the
first of `answers` stands in the text of `doc`. Our own fields come beside these. Questions that expect no passage
stand apart in `without_passage`, since a question set has no place for them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from rag.core.errors import InvalidImport
from rag.core.i18n import decimal_sign, text
from rag.core.types import Page, Place
from rag.evaluation.metrics import Report
from rag.evaluation.saved_questions import Expected, SavedQuestion

FORM = "kilde-questions"
VERSION = 1
BETWEEN_PAGES = "\n\n"
MAX_BYTES = 50 * 1024 * 1024
MAX_QUESTION = 10_000  # characters: the pages take a fifth of it, and one of a million keeps a run busy for a minute
_BOM = "\ufeff"
_LARGEST = 2**31
_COLUMNS = ("question", "scenario", "vote", "note", "csv_saved", "csv_right", "csv_wrong", "csv_rank", "csv_answered")
_VOTES = {1: "csv_vote_good", -1: "csv_vote_bad"}


class InvalidQuestions(InvalidImport):
    """A file that is no set of questions. values: detail, the place in it."""

    code = "invalid_questions"


def to_json(questions: Sequence[SavedQuestion], pages: Callable[[str], Sequence[Page]]) -> bytes:
    """pages: those of the content with a SHA-256, none where it has gone: its passages then stand for it."""
    documents = _Documents(pages)
    asked, others = [], []
    for question in questions:
        kept = {
            "id": str(question.id),
            "question": question.question,
            "scenario": question.scenario,
            "vote": question.vote,
            "note": question.note,
            "saved": question.saved,
            "passages": [
                {"document": p.document, **p.place._asdict(), "text": p.text, "right": p.right, "implied": p.implied}
                for p in question.passages
            ],
        }
        right = [passage for passage in question.right if passage.text]
        if right:
            doc, start = documents.find(right[0])
            asked.append({**kept, "doc": doc, "answers": [passage.text for passage in right], "start": start})
        else:
            others.append(kept)
    whole = {
        "form": FORM,
        "version": VERSION,
        "documents": documents.all(),
        "questions": asked,
        "without_passage": others,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8")


class _Documents:
    """The documents of an export, as they are needed: each page by page in one text."""

    def __init__(self, pages: Callable[[str], Sequence[Page]]) -> None:
        self._pages = pages
        self._texts: dict[str, str] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._ids: dict[str, str] = {}

    def find(self, passage: Expected) -> tuple[str, int]:
        """The id of the passage's document, and where in its text the passage stands."""
        place = passage.place
        if place.sha256 not in self._texts:
            self._take(passage)
        text, starts = self._texts[place.sha256], self._starts[place.sha256]
        start = starts.get(place.page, 0) + place.start
        if not text.startswith(passage.text, start):
            start = text.find(passage.text)
        if start < 0:  # the text has changed, or gone: it is kept as it was
            start = len(text) + len(BETWEEN_PAGES) if text else 0
            self._texts[place.sha256] = f"{text}{BETWEEN_PAGES}{passage.text}" if text else passage.text
        return self._ids[place.sha256], start

    def all(self) -> list[dict[str, str]]:
        return [{"id": doc, "text": self._texts[sha256], "sha256": sha256} for sha256, doc in self._ids.items()]

    def _take(self, passage: Expected) -> None:
        sha256 = passage.place.sha256
        text = ""
        starts: dict[int, int] = {}
        for page in self._pages(sha256):
            text += BETWEEN_PAGES if starts else ""
            starts[page.number] = len(text)
            text += page.text
        self._texts[sha256], self._starts[sha256] = text, starts
        taken = set(self._ids.values())
        self._ids[sha256] = passage.document if passage.document not in taken else f"{passage.document} ({sha256[:8]})"


def from_json(data: bytes) -> list[SavedQuestion]:
    """What `to_json` wrote, or any question set; ids are 0. Raises InvalidQuestions, and then nothing is taken."""
    if len(data) > MAX_BYTES:
        raise InvalidQuestions(detail=f"> {MAX_BYTES // (1024 * 1024)} MB")
    try:
        whole = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidQuestions(detail="JSON") from error
    if not isinstance(whole, dict) or "questions" not in whole:
        raise InvalidQuestions(detail="questions")
    texts = {_text(one, "id", where): _text(one, "text", where) for where, one in _objects(whole, "documents")}
    found = [_question(one, where, texts) for where, one in _objects(whole, "questions")]
    return found + [_question(one, where, texts) for where, one in _objects(whole, "without_passage")]


def _objects(whole: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    values = whole.get(name, [])
    if not isinstance(values, list):
        raise InvalidQuestions(detail=name)
    found = []
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise InvalidQuestions(detail=f"{name} {number}")
        found.append((f"{name} {number}", value))
    return found


def _question(one: dict[str, Any], where: str, texts: dict[str, str]) -> SavedQuestion:
    question = _text(one, "question", where).strip()
    vote = one.get("vote", 0)
    if not 0 < len(question) <= MAX_QUESTION:
        raise InvalidQuestions(detail=f"{where}: question")
    if type(vote) is not int or vote not in (1, -1, 0):
        raise InvalidQuestions(detail=f"{where}: vote")
    if "passages" in one:
        passages = [_passage(p, f"{where}, {place}") for place, p in _objects(one, "passages")]
    else:
        passages = _answer(one, where, texts)
    return SavedQuestion(
        0,
        None,
        question,
        _moment(one, where),
        vote,
        _text(one, "note", where, ""),
        _text(one, "scenario", where, ""),
        tuple({passage.place: passage for passage in passages}.values()),
    )


def _passage(one: dict[str, Any], where: str) -> Expected:
    right, implied = one.get("right"), one.get("implied", False)
    if not isinstance(right, bool) or not isinstance(implied, bool):
        raise InvalidQuestions(detail=f"{where}: right")
    place = Place(_text(one, "sha256", where), *(_whole(one, name, where) for name in ("page", "start", "end")))
    return Expected(_text(one, "document", where), place, _text(one, "text", where), right, implied)


def _answer(one: dict[str, Any], where: str, texts: dict[str, str]) -> list[Expected]:
    """The passage of a question set that is not ours: its documents are text files of one page."""
    answers = one.get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise InvalidQuestions(detail=f"{where}: answers")
    if not answers or not answers[0]:
        return []
    doc, start, text = _text(one, "doc", where), _whole(one, "start", where), _clean(answers[0])
    content = texts.get(doc, "")
    if doc in texts and not content.startswith(text, start):
        raise InvalidQuestions(detail=f"{where}: start")
    sha256 = hashlib.sha256(content.encode("utf-8")).hexdigest() if doc in texts else ""
    return [Expected(f"{doc}.txt", Place(sha256, 1, start, start + len(text)), text, True)]


def _text(one: dict[str, Any], name: str, where: str, default: str | None = None) -> str:
    value = one.get(name, default)
    if not isinstance(value, str):
        raise InvalidQuestions(detail=f"{where}: {name}")
    return _clean(value)


def _clean(text: str) -> str:
    # a lone surrogate, which JSON can spell, can be kept by no database
    return text.encode("utf-8", "replace").decode("utf-8")


def _whole(one: dict[str, Any], name: str, where: str) -> int:
    value = one.get(name)
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise InvalidQuestions(detail=f"{where}: {name}")
    return value


def _moment(one: dict[str, Any], where: str) -> str:
    now = datetime.now(UTC)
    if "saved" not in one:
        return now.isoformat(timespec="milliseconds")
    try:
        moment = datetime.fromisoformat(_text(one, "saved", where))
    except ValueError as error:
        raise InvalidQuestions(detail=f"{where}: saved") from error
    if not 1970 < moment.year < 9998:  # what lies at the ends of the calendar is in no other time zone
        raise InvalidQuestions(detail=f"{where}: saved")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def to_csv(questions: Sequence[SavedQuestion], language: str, report: Report | None = None) -> bytes:
    """One row for each question, as a spreadsheet in `language` opens it. report: a run to tell the ranks of."""
    out = io.StringIO()
    # where a spreadsheet reads "1,5" as a number, semicolons end its cells
    delimiter = ";" if decimal_sign(language) == "," else ","
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([text(key, language) for key in _COLUMNS])
    for question in questions:
        outcome = report.of(question.id) if report else None
        tried = outcome is not None and outcome.fault is None
        cells = [
            question.question,
            question.scenario,
            text(_VOTES[question.vote], language) if question.vote else "",
            question.note,
            question.saved,
            _listed(question.right, language),
            _listed(question.wrong, language),
            str(outcome.rank or "") if outcome else "",
            text("yes" if outcome.answered else "no", language) if outcome and tried else "",
        ]
        writer.writerow([_guarded(cell) for cell in cells])
    return (_BOM + out.getvalue()).encode("utf-8", "replace")


def _listed(passages: Sequence[Expected], language: str) -> str:
    return "\n".join(
        f"{p.document}, {text('position_page', language, page=p.place.page)}: {' '.join(p.text.split())}"
        for p in passages
    )


def _guarded(cell: str) -> str:
    """So that no spreadsheet takes a text for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@")) or cell[:1] in ("\t", "\r") else cell
