"""The question sets that retrieval is measured on, by name.

Known-item search asks for a page of LibreOffice's Danish help by its title, which is left out of what is stored: in
Danish, and in English by the title that the same file has in the English package. Titles that two pages share are not
asked. The Danish sets are questions of our own, over Debian's PDFs and over the help pages of LibreOffice and GIMP,
titles included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import followups, help_pages, manual
from benchmarks.question_sets import CACHE, DATA, Question, QuestionSet, load, load_lines

DANISH = DATA / "danish.jsonl"
DANISH_HELP = DATA / "danish_help.jsonl"
TITLELESS = "libreoffice_help_titleless"
HELP = "help_da"


def xquad_en() -> QuestionSet:
    return load(DATA / "xquad_en.json")


def norquad_validation() -> QuestionSet:
    return load(DATA / "norquad_validation.json")


def libreoffice_titles() -> QuestionSet:
    return _by_title("libreoffice_titles", "da")


def libreoffice_english_titles() -> QuestionSet:
    return _by_title("libreoffice_english_titles", "en")


def danish() -> QuestionSet:
    followups.guide("da")
    files = (manual.fetched(), CACHE / followups.GUIDE / "install.da.pdf")
    return QuestionSet("danish", {file.name: file for file in files}, load_lines(DANISH))


def danish_help() -> QuestionSet:
    return QuestionSet("danish_help", _help(), load_lines(DANISH_HELP), HELP)


NAMED: Mapping[str, Callable[[], QuestionSet]] = {
    one.__name__: one
    for one in (xquad_en, norquad_validation, danish, danish_help, libreoffice_titles, libreoffice_english_titles)
}
DESCRIPTIONS: Mapping[str, str] = {
    "xquad_en": "XQuAD, English",
    "norquad_validation": "NorQuAD, Norwegian",
    "danish": "Debian's Danish manuals",
    "danish_help": "Danish help pages",
    "libreoffice_titles": "Danish help by title",
    "libreoffice_english_titles": "Danish help by English title",
}
OF_PEERS: Mapping[str, str] = {**DESCRIPTIONS, "manual_da": "Debian Edu's Danish manual"}
"""What the peers are measured on as well."""


def available() -> list[str]:
    """The names of the sets whose questions are here."""
    missing = {name for name, path in (("danish", DANISH), ("danish_help", DANISH_HELP)) if not path.exists()}
    return [name for name in NAMED if name not in missing]


def named(name: str) -> QuestionSet:
    """A set by its name, or by the path of a file of the form of `benchmarks.question_sets.load`.

    Raises KeyError where it is neither.
    """
    if name in NAMED:
        return NAMED[name]()
    path = Path(name)
    if not path.is_file():
        raise KeyError(name)
    return load(path)


def _by_title(name: str, language: str) -> QuestionSet:
    """Pages that have the Danish title as a heading answer as well, whatever language is asked in."""
    under = help_pages.sections(help_pages.pages(help_pages.DANISH.name))
    questions = [
        Question(
            f"{language}:{item.path}",
            item.danish if language == "da" else item.english,
            f"{item.path}.md",
            item=True,
            others=tuple(page for page in under.get(item.danish.casefold(), ()) if page != f"{item.path}.md"),
        )
        for item in help_pages.known_items()
    ]
    return QuestionSet(name, _titleless(), questions, TITLELESS)


def _titleless() -> dict[str, str]:
    return {page.name: page.text for page in help_pages.pages(help_pages.DANISH.name)}


def _help() -> dict[str, str]:
    return {
        f"{package}/{page.name}": page.document
        for package in (help_pages.DANISH.name, help_pages.GIMP.name)
        for page in help_pages.pages(package)
    }
