"""The bytes of an RTF file as tokens."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n\x00]+|([^\\{}\r\n\x00]+)|(\\)",
    re.DOTALL,
)


class Token(NamedTuple):
    """kind: "word" for a control word, "sign" for a control symbol, "{", "}", "text", or "" for nothing.

    number: of a word that has one.
    """

    kind: str
    name: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(data: bytes) -> Iterator[Token]:
    """The tokens of a file. Bytes of embedded files are passed over."""
    place = 0
    while match := _TOKEN.match(data, place):
        place = match.end()
        word, number, code, sign, brace, text, _ = match.groups()
        if word is not None:
            value = None if number is None else int(number)
            if word == b"bin":
                place += max(value or 0, 0)
            yield Token("word", word.decode("ascii"), value)
        elif code is not None:
            yield Token("text", "hex", None, bytes.fromhex(code.decode("ascii")))
        elif sign is not None:
            yield Token("sign", sign.decode("latin-1"))
        elif brace is not None:
            yield Token(brace.decode("ascii"))
        elif text is not None:
            yield Token("text", "", None, text)


def without_markup(data: bytes) -> str:
    """The words of a file, roughly, for telling its language."""
    text = re.sub(rb"\{\\\*[^{}]*\}|\\[a-zA-Z]+-?\d* ?|[{}]", b"", data[:400_000])
    text = re.sub(rb"\\'([0-9a-fA-F]{2})", lambda match: bytes.fromhex(match[1].decode("ascii")), text)
    return text.decode("cp1252", "replace")
