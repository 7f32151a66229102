"""Help pages of Debian packages as documents: python -m benchmarks.help_pages [PACKAGE ...] [--to FOLDER]

The pages of LibreOffice (Danish, English) and GIMP (Danish, partly English) become text with Markdown's signs for
headings, lists, tables and code; navigation, scripts, pictures and lists of related pages are left out. The title of a
page is kept apart from its text, so that a page can be looked for by its title without finding it word by word.
Without --to it counts; with --to it writes one .md file for each page, its title as the first heading.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.help_html import converted
from benchmarks.question_sets import CACHE


@dataclass(frozen=True, slots=True)
class Package:
    """folder: where in the package its pages lie; `path` of a page is relative to it."""

    name: str
    folder: str
    language: str


DANISH = Package("libreoffice-help-da", "usr/share/libreoffice/help/da/text", "da")
ENGLISH = Package("libreoffice-help-en-us", "usr/share/libreoffice/help/en-US/text", "en")
GIMP = Package("gimp-help-da", "usr/share/gimp/2.0/help/da", "da")
PACKAGES = {package.name: package for package in (DANISH, ENGLISH, GIMP)}


@dataclass(frozen=True, slots=True)
class HelpPage:
    """path: without ".html", the same in the Danish and the English package. text: without the title.

    language: that of the package; GIMP's Danish pages are Danish only as far as they have been translated.
    """

    path: str
    title: str
    text: str
    language: str

    @property
    def name(self) -> str:
        """The file name of the document, folders included."""
        return f"{self.path}.md"

    @property
    def document(self) -> str:
        """The page as an author would have written it: the title as first heading, then the text."""
        return f"# {self.title}\n\n{self.text}"

    @property
    def text_start(self) -> int:
        """Where `text` begins in `document`, in characters: add it to an offset in the text."""
        return len(self.document) - len(self.text)


class KnownItem(NamedTuple):
    """One page to be found by the title that its text does not show."""

    danish: str
    english: str
    path: str


@dataclass(frozen=True, slots=True)
class KnownItems:
    """items: by path. shared: pages left out because their Danish title is that of another page as well.

    same_text: of the others those whose text, without the title, is that of another page. foreign: of the others
    those whose path no English page has.
    """

    items: list[KnownItem]
    shared: int
    same_text: int
    foreign: int


def fetched(package: str) -> Path:
    """The folder with a package's pages, kept in the cache. Raises KeyError for an unknown package."""
    known = PACKAGES[package]
    folder = CACHE / package
    if not (folder / known.folder).is_dir():
        with tempfile.TemporaryDirectory() as temporary:
            subprocess.run(["apt-get", "download", package], cwd=temporary, check=True, stdout=sys.stderr)
            (file,) = Path(temporary).glob("*.deb")
            subprocess.run(["dpkg", "-x", str(file), str(folder)], check=True)
    return folder / known.folder


def pages(package: str) -> Iterator[HelpPage]:
    """The pages of a package by path, without those that have no title or no text (redirects, lists of links).

    Fetches the package at the first call (network). Raises KeyError for an unknown package.
    """
    yield from pages_in(fetched(package), PACKAGES[package].language)


def pages_in(folder: Path, language: str) -> Iterator[HelpPage]:
    """The HTML pages under a folder, by path, without those that have no title or no text."""
    for file in sorted(folder.rglob("*.html")):
        title, text = converted(file.read_text(encoding="utf-8"))
        if title and text:
            yield HelpPage(file.relative_to(folder).with_suffix("").as_posix(), title, text, language)


def known_items() -> list[KnownItem]:
    """(Danish title, English title, path) of LibreOffice's pages whose Danish title no other page has."""
    return known_items_of(pages(DANISH.name), pages(ENGLISH.name)).items


def known_items_of(danish: Iterable[HelpPage], english: Iterable[HelpPage]) -> KnownItems:
    """Pages that can be looked for by title; titles are compared without regard to case."""
    own = list(danish)
    titles = {page.path: page.title for page in english}
    titled = Counter(page.title.casefold() for page in own)
    unique = [page for page in own if titled[page.title.casefold()] == 1]
    written = Counter(page.text for page in own)
    distinct = [page for page in unique if written[page.text] == 1]
    items = [KnownItem(page.title, titles[page.path], page.path) for page in distinct if page.path in titles]
    return KnownItems(
        sorted(items, key=lambda item: item.path),
        shared=len(own) - len(unique),
        same_text=len(unique) - len(distinct),
        foreign=len(distinct) - len(items),
    )


def sections(danish: Iterable[HelpPage]) -> dict[str, list[str]]:
    """By title, without regard to case, the names of pages that have it as a heading in their text.

    LibreOffice builds pages from parts of others: the overview of a menu holds what its commands' pages say.
    """
    found: dict[str, list[str]] = {}
    for page in danish:
        headings = {line.lstrip("#").strip().casefold() for line in page.text.splitlines() if line.startswith("#")}
        for heading in sorted(headings):
            found.setdefault(heading, []).append(page.name)
    return found


def main() -> None:
    """Count the pages, and write them as files where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"of {', '.join(PACKAGES)}; default: all")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="write the pages here, one folder for each package")
    options = parser.parse_args()
    unknown = set(options.packages) - set(PACKAGES)
    if unknown:
        parser.error(f"unknown package: {', '.join(sorted(unknown))}")
    converted_pages = {package: list(pages(package)) for package in options.packages or PACKAGES}
    for package, found in converted_pages.items():
        files = sum(1 for _ in fetched(package).rglob("*.html"))
        characters = sum(len(page.text) for page in found)
        print(f"{package}: {len(found):,} pages of {files:,} files, {characters:,} characters")
        for page in found if options.to else ():
            file = options.to / package / page.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(page.document, encoding="utf-8")
    if {DANISH.name, ENGLISH.name} <= converted_pages.keys():
        known = known_items_of(converted_pages[DANISH.name], converted_pages[ENGLISH.name])
        why = f"{known.shared:,} share a title, {known.same_text:,} share a text, {known.foreign:,} not in English"
        print(f"known items: {len(known.items):,}; left out: {why}")


if __name__ == "__main__":
    main()
