"""HTML -> one page: the headings, paragraphs, lists and tables that a reader sees or can open. No link is followed."""

from pathlib import Path
from typing import Any

from rag.core.errors import EmptyFile, NothingReadable
from rag.documents.loaders.html.reduction import reduce
from rag.documents.loaders.html.source import body_of, decoded, parsed
from rag.documents.loaders.html.visibility import is_chrome
from rag.documents.loaders.html.writer import Writer
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, PageBuilder, one_line, title_of
from rag.documents.loaders.sandbox.child import Send

__all__ = ["decoded", "parsed", "read", "write"]

_SHOWING = ("img", "svg", "script", "canvas", "iframe", "frame", "object", "embed", "video", "audio", "input", "math")
_MIN_MAIN_SHARE = 0.25
"""<main> stands for the page where it has at least this share of the page's words."""


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, NothingReadable, DamagedFile, ParsingLimit.
    """
    root = parsed(decoded(Path(path).read_bytes()))
    page = PageBuilder(Budget(characters))
    title = title_of(root.findtext("head/title"))
    omissions = Omissions()
    has_content = _holds_anything(root)
    write(root, page, omissions=omissions)
    if not page.text:
        raise NothingReadable() if has_content else EmptyFile()
    first_heading = next((title for level, title, _ in page.headings if level == 1), None)
    send(page=1, of=1, text=page.text, label=None)
    send(
        headings=[[1, *heading] for heading in page.headings],
        title=title or first_heading,
        notices=list(omissions.notices()),
    )


def write(
    root: Any, page: PageBuilder, *, base_level: int = 0, omissions: Omissions | None = None, number: int = 1
) -> None:
    """Write what a reader sees into `page`; `root` is changed.

    base_level: of the heading above; added to the levels of its headings. omissions: counts what is left out, on the
    page `number` of its document.
    """
    body = body_of(root)
    reduce(root, omissions or Omissions(), number)
    Writer(page, base_level).walk(body, _main(body))


def _holds_anything(root: Any) -> bool:
    """Whether a page is more than its frame: it has words, or what may show some, such as pictures and programs."""
    return bool(one_line("".join(body_of(root).itertext()))) or next(root.iter(*_SHOWING), None) is not None


def _main(body: Any) -> Any:
    """The main part of a page, where the page marks one; else None."""
    candidates = body.xpath(".//main | .//*[@role='main']") or body.xpath(".//article")
    if len(candidates) != 1 or is_chrome(candidates[0], candidates[0].tag):
        return None
    words = len(" ".join(candidates[0].itertext()).split())
    return candidates[0] if words >= _MIN_MAIN_SHARE * len(" ".join(body.itertext()).split()) else None
