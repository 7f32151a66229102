"""Saved questions as files: JSON that Kilde and tools for question sets can read, and CSV for a spreadsheet.

The JSON has `documents` ({id, text}) and `questions` ({id, question, doc, answers, start}): `start` is the offset of
the first of `answers` in the text of `doc`. Kilde's own fields are added to these. Questions that expect no passage are
in `without_passage`, since question sets have no place for them.

Both directions are written by hand rather than derived from annotations: an error names the first wrong field, a text
with a lone surrogate is repaired rather than refused, and questions have two possible forms.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from rag.core.errors import InvalidImport
from rag.core.i18n import decimal_sign, text
from rag.core.timing import utc_now
from rag.core.types import Page, Place
from rag.core.types.questions import Expected, SavedQuestion
from rag.evaluation.metrics import Report

FORM = "kilde-questions"
VERSION = 1
BETWEEN_PAGES = "\n\n"
MAX_BYTES = 50 * 1024 * 1024
MAX_QUESTION = 10_000  # characters: five times what the pages accept; one of a million would delay a run by a minute
_BOM = "\ufeff"
_LARGEST = 2**31
_COLUMNS = ("question", "scenario", "vote", "note", "csv_saved", "csv_right", "csv_wrong", "csv_rank", "csv_answered")
_VOTES = {1: "csv_vote_good", -1: "csv_vote_bad"}


class InvalidQuestions(InvalidImport):
    """A file that is not a question set. values: detail, the position of the first error."""


def to_json(questions: Sequence[SavedQuestion], pages: Callable[[str], Sequence[Page]]) -> bytes:
    """The file that `from_json` reads.

    pages: returns the pages of the content with a SHA-256, none if it was deleted; its text then consists of the
    passages.
    """
    documents = _Documents(pages)
    with_passage, without_passage = [], []
    for question in questions:
        row = {
            "id": str(question.id),
            "question": question.question,
            "scenario": question.scenario,
            "vote": question.vote,
            "note": question.note,
            "saved": question.saved,
            "passages": [
                {
                    "document": passage.document,
                    **passage.place._asdict(),
                    "text": passage.text,
                    "right": passage.right,
                    "implied": passage.implied,
                }
                for passage in question.passages
            ],
        }
        right = [passage for passage in question.right if passage.text]
        if right:
            doc, start = documents.locate(right[0])
            with_passage.append({**row, "doc": doc, "answers": [passage.text for passage in right], "start": start})
        else:
            without_passage.append(row)
    content = {
        "form": FORM,
        "version": VERSION,
        "documents": documents.all(),
        "questions": with_passage,
        "without_passage": without_passage,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")


class _Documents:
    """The documents of an export, added at first use; the text of each is its joined pages."""

    def __init__(self, pages: Callable[[str], Sequence[Page]]) -> None:
        self._pages = pages
        self._texts: dict[str, str] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._ids: dict[str, str] = {}

    def locate(self, passage: Expected) -> tuple[str, int]:
        """The id of the passage's document, and the offset of the passage in its text."""
        place = passage.place
        if place.sha256 not in self._texts:
            self._add(passage)
        text, starts = self._texts[place.sha256], self._starts[place.sha256]
        start = starts.get(place.page, 0) + place.start
        if not text.startswith(passage.text, start):
            start = text.find(passage.text)
        if start < 0:  # the text has changed or was deleted: append the stored passage
            start = len(text) + len(BETWEEN_PAGES) if text else 0
            self._texts[place.sha256] = f"{text}{BETWEEN_PAGES}{passage.text}" if text else passage.text
        return self._ids[place.sha256], start

    def all(self) -> list[dict[str, str]]:
        return [{"id": doc, "text": self._texts[sha256], "sha256": sha256} for sha256, doc in self._ids.items()]

    def _add(self, passage: Expected) -> None:
        sha256 = passage.place.sha256
        text = ""
        starts: dict[int, int] = {}
        for page in self._pages(sha256):
            text += BETWEEN_PAGES if starts else ""
            starts[page.number] = len(text)
            text += page.text
        self._texts[sha256], self._starts[sha256] = text, starts
        names_in_use = set(self._ids.values())
        self._ids[sha256] = (
            passage.document if passage.document not in names_in_use else f"{passage.document} ({sha256[:8]})"
        )


def from_json(data: bytes) -> list[SavedQuestion]:
    """The questions of a file by `to_json`, or of any question set; their ids are 0. Raises InvalidQuestions."""
    if len(data) > MAX_BYTES:
        raise InvalidQuestions(detail=f"> {MAX_BYTES // (1024 * 1024)} MB")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidQuestions(detail="JSON") from error
    if not isinstance(content, dict) or "questions" not in content:
        raise InvalidQuestions(detail="questions")
    texts = {_text(row, "id", where): _text(row, "text", where) for where, row in _rows(content, "documents")}
    rows = [*_rows(content, "questions"), *_rows(content, "without_passage")]
    return [_question(row, where, texts) for where, row in rows]


def _rows(table: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    """The objects in a list, each with its position as error messages name it: "questions 3"."""
    values = table.get(name, [])
    if not isinstance(values, list):
        raise InvalidQuestions(detail=name)
    rows = []
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise InvalidQuestions(detail=f"{name} {number}")
        rows.append((f"{name} {number}", value))
    return rows


def _question(row: dict[str, Any], where: str, texts: dict[str, str]) -> SavedQuestion:
    question = _text(row, "question", where).strip()
    vote = row.get("vote", 0)
    if not 0 < len(question) <= MAX_QUESTION:
        raise InvalidQuestions(detail=f"{where}: question")
    if type(vote) is not int or vote not in (1, -1, 0):
        raise InvalidQuestions(detail=f"{where}: vote")
    if "passages" in row:
        passages = [_passage(inner, f"{where}, {place}") for place, inner in _rows(row, "passages")]
    else:
        passages = _answer(row, where, texts)
    return SavedQuestion(
        0,
        None,
        question,
        _moment(row, where),
        vote,
        _text(row, "note", where, ""),
        _text(row, "scenario", where, ""),
        tuple({passage.place: passage for passage in passages}.values()),
    )


def _passage(row: dict[str, Any], where: str) -> Expected:
    right, implied = row.get("right"), row.get("implied", False)
    if not isinstance(right, bool) or not isinstance(implied, bool):
        raise InvalidQuestions(detail=f"{where}: right")
    place = Place(_text(row, "sha256", where), *(_count(row, name, where) for name in ("page", "start", "end")))
    return Expected(_text(row, "document", where), place, _text(row, "text", where), right, implied)


def _answer(row: dict[str, Any], where: str, texts: dict[str, str]) -> list[Expected]:
    """The passage of a question set that Kilde did not write: its documents count as text files of one page."""
    answers = row.get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise InvalidQuestions(detail=f"{where}: answers")
    if not answers or not answers[0]:
        return []
    doc, start, text = _text(row, "doc", where), _count(row, "start", where), _clean(answers[0])
    content = texts.get(doc, "")
    if doc in texts and not content.startswith(text, start):
        raise InvalidQuestions(detail=f"{where}: start")
    sha256 = hashlib.sha256(content.encode("utf-8")).hexdigest() if doc in texts else ""
    return [Expected(f"{doc}.txt", Place(sha256, 1, start, start + len(text)), text, True)]


def _text(row: dict[str, Any], name: str, where: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if not isinstance(value, str):
        raise InvalidQuestions(detail=f"{where}: {name}")
    return _clean(value)


def _clean(text: str) -> str:
    # JSON can contain a lone surrogate, which no database can store
    return text.encode("utf-8", "replace").decode("utf-8")


def _count(row: dict[str, Any], name: str, where: str) -> int:
    value = row.get(name)
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise InvalidQuestions(detail=f"{where}: {name}")
    return value


def _moment(row: dict[str, Any], where: str) -> str:
    if "saved" not in row:
        return utc_now()
    try:
        moment = datetime.fromisoformat(_text(row, "saved", where))
    except ValueError as error:
        raise InvalidQuestions(detail=f"{where}: saved") from error
    if not 1970 < moment.year < 9998:  # at the ends of the calendar a change of time zone overflows
        raise InvalidQuestions(detail=f"{where}: saved")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def to_csv(questions: Sequence[SavedQuestion], language: str, report: Report | None = None) -> bytes:
    """One row for each question, for a spreadsheet in `language`. report: the run whose ranks are included."""
    out = io.StringIO()
    # where a spreadsheet reads "1,5" as a number, semicolons end its cells
    delimiter = ";" if decimal_sign(language) == "," else ","
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([text(key, language) for key in _COLUMNS])
    for question in questions:
        outcome = report.of(question.id) if report else None
        was_asked = outcome is not None and outcome.fault is None
        cells = [
            question.question,
            question.scenario,
            text(_VOTES[question.vote], language) if question.vote else "",
            question.note,
            question.saved,
            _listed(question.right, language),
            _listed(question.wrong, language),
            str(outcome.rank or "") if outcome else "",
            text("yes" if outcome.answered else "no", language) if outcome and was_asked else "",
        ]
        writer.writerow([_guarded(cell) for cell in cells])
    return (_BOM + out.getvalue()).encode("utf-8", "replace")


def _listed(passages: Sequence[Expected], language: str) -> str:
    pages = (text("position_page", language, page=passage.place.page) for passage in passages)
    return "\n".join(
        f"{passage.document}, {page}: {' '.join(passage.text.split())}"
        for passage, page in zip(passages, pages, strict=True)
    )


def _guarded(cell: str) -> str:
    """Marks a cell as text that a spreadsheet would run as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@")) or cell[:1] in ("\t", "\r") else cell
