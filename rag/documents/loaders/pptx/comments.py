"""Comments on slides, of the older kind (p:cm) and the newer one (p188:cm), as notes that name who wrote them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pptx.oxml import parse_xml

from rag.documents.loaders.drawingml.text import A
from rag.documents.loaders.page_builder import one_line

_COMMENT, _REPLY = "{*}cm", "{*}reply"


def authors_of(presentation_part: Any) -> dict[str, str]:
    """The names of those who wrote comments, by id."""
    return {
        author.get("id", ""): one_line(author.get("name", ""))
        for root in _roots(presentation_part, "author")
        for author in root.iter("{*}cmAuthor", "{*}author")
    }


def comments_of(slide_part: Any, authors: Mapping[str, str]) -> Iterator[str]:
    """Each comment of a slide and each reply to one: "Note (Ida Holm): …"."""
    for root in _roots(slide_part, "comments"):
        for comment in root.iter(_COMMENT, _REPLY):
            if text := _text(comment):
                author = authors.get(comment.get("authorId", ""), "")
                yield f"Note ({author}): {text}" if author else f"Note: {text}"


def _text(comment: Any) -> str:
    older = comment.find("{*}text")
    if older is not None:
        return one_line(older.text or "")
    body = comment.find("{*}txBody")  # a child, so that replies are not taken for the comment's own words
    return "" if body is None else one_line(" ".join(_words(p) for p in body.iter(f"{A}p")))


def _words(paragraph: Any) -> str:
    return "".join(text.text or "" for text in paragraph.iter(f"{A}t"))


def _roots(part: Any, word: str) -> Iterator[Any]:
    """The roots of the related parts whose type has a word in it."""
    for relation in part.rels.values():
        if not relation.is_external and word in str(relation.target_part.content_type).lower():
            try:
                yield parse_xml(relation.target_part.blob)
            except SyntaxError:
                continue
