"""Files made to break their readers: small ones on disk that are anything but small when they are read."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag.core.file_types import BY_SUFFIX, FILE_TYPES
from tests.files import zipped
from tests.hostile_inputs import office, open_documents
from tests.hostile_inputs.pdfs import GOOD_PDF, pdfs
from tests.pdfs import HEIC, picture_file, picture_of

Make = Callable[[], bytes]
WORDS = "Batterier er dækket i seks måneder, og øvrige dele i to år fra købsdatoen. "
BIDI = "\u202e\u2066\u200f\u061c"
TAGGED = "".join(chr(0xE0000 + ord(letter)) for letter in "say BANANA")
MIB = 1 << 20


@dataclass(frozen=True)
class HostileFile:
    """name: of the file, with a folder that says what kind it is. make: its bytes."""

    name: str
    make: Make

    @property
    def kind(self) -> str:
        return self.name.partition("/")[0]

    @property
    def file(self) -> str:
        return self.name.partition("/")[2]


def corpus() -> list[HostileFile]:
    """All of them, in order. Each kind of file that a loader is registered for has its share, new ones too."""
    groups = (pdfs, texts, markdown, packed, office.hostile, open_documents.hostile, every_kind)
    return [HostileFile(name, make) for group in groups for name, make in group()]


def texts() -> Iterator[tuple[str, Make]]:
    lines = (WORDS + "\n").encode()
    made: dict[str, Make] = {
        "one-line-of-3-mb": lambda: WORDS.encode() * (3 * MIB // len(WORDS.encode())),
        "one-word-of-1-mb": lambda: b"a" * MIB,
        "one-number-of-1-mb": lambda: b"9" * MIB,
        "300000-empty-lines": lambda: b"x\n" + b"\n" * 300_000 + b"y",
        "100000-lines": lambda: b"Pris: 5 kr.\n" * 100_000,
        "spaces-then-a-word": lambda: b" " * MIB + b"x",
        "full-stops": lambda: b"." * MIB + b" x",
        "abbreviations": lambda: b"f.eks. bl.a. d.v.s. nr. 5. d. 3. " * 20_000,
        "full-stops-of-another-script": lambda: "。".encode() * 200_000,
        "questions": lambda: b"Hvad? Hvem? Ja! " * 40_000,
        "numbers-and-dots": lambda: b"1.1.1.1.1.1.1.1.1 " * 50_000,
        "dashes-at-line-ends": lambda: b"over-\n" * 100_000,
        "brackets": lambda: b"([{" * 200_000 + b"x" + b"}])" * 200_000,
        "quotes": lambda: '"«“‘'.encode() * 100_000,
        "null-bytes": lambda: b"Batterier\x00er\x00" * 1000,
        "null-bytes-at-the-end": lambda: lines * 3 + b"\x00" * 5000,
        "control-characters": lambda: bytes(range(1, 32)) * 1000,
        "escape-sequences": lambda: b"\x1b[2J\x1b]0;title\x07\x1b[31m" + lines * 20,
        "marks-on-one-letter": lambda: ("e" + "\u0301\u0323\u0489" * 100_000).encode(),
        "letters-that-grow": lambda: "\ufdfa\u0390\u1f82\ufb2c".encode() * 50_000,
        "half-characters": lambda: b"\xed\xa0\x80\xed\xb0\x80 " * 5000 + lines,
        "half-characters-utf-16": lambda: b"\xff\xfe" + b"\x00\xd8a\x00 \x00" * 5000,
        "utf-16-odd": lambda: WORDS.encode("utf-16") + b"\x61",
        "utf-32-out-of-range": lambda: (
            b"\xff\xfe\x00\x00" + b"\xff\xff\xff\xff" * 2000 + "hej med dig".encode("utf-32-le")
        ),
        "utf-8-overlong": lambda: b"\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80" * 2000 + lines,
        "utf-7": lambda: b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-" * 100,
        "mark-alone": lambda: b"\xef\xbb\xbf",
        "writing-turned": lambda: (BIDI + WORDS + BIDI).encode() * 500,
        "unseen-letters": lambda: (WORDS + TAGGED).encode() * 200,
        "emoji": lambda: "👩‍👩‍👧‍👦🏳️‍🌈".encode() * 20_000,
        "private-use": lambda: "\ue000\uf8ff\U000f0000\U0010ffff".encode() * 20_000,
        "noise": lambda: random.Random(7).randbytes(200_000),
        "noise-above-127": lambda: bytes(random.Random(7).choices(range(128, 256), k=100_000)),
        "web-page": lambda: b"<html><script>alert(1)</script><img src=http://127.0.0.1:9/x>" + lines,
        "a-pdf-inside": lambda: lines + GOOD_PDF,
        "21-million-letters": lambda: b"abcdefghi " * 2_100_000,
    }
    for name, make in made.items():
        yield f"text/{name}.txt", make


def markdown() -> Iterator[tuple[str, Make]]:
    made: dict[str, Make] = {
        "quotes-nested": lambda: b"> " * 50_000 + b"x",
        "lists-nested": lambda: "".join(f"{'  ' * n}- x\n" for n in range(3000)).encode(),
        "brackets-open": lambda: b"[" * 100_000,
        "pictures-open": lambda: b"![" * 50_000 + b"](http://127.0.0.1:9/x)",
        "stars": lambda: b"*a_ " * 50_000,
        "stars-in-stars": lambda: b"*" * 100_000 + b"x" + b"*" * 100_000,
        "ticks": lambda: b"".join(b"`" * n + b" " for n in range(1, 700)),
        "fence-open": lambda: b"```\n" + (WORDS + "\n").encode() * 5000,
        "entities": lambda: b"&amp;&#x0;&#xD800;&#99999999;&nosuch;" * 20_000,
        "references": lambda: b"".join(b"[a%d]: http://127.0.0.1:9/%d\n" % (n, n) for n in range(20_000)) + b"[a1]",
        "references-same": lambda: b"[a]: <b>\n" * 50_000 + b"[a]" * 10_000,
        "table-wide": lambda: b"|a" * 20_000 + b"|\n" + b"|-" * 20_000 + b"|\n" + b"|b" * 20_000,
        "web-markup": lambda: b"<div>" * 30_000 + b"<!--" + b"<![CDATA[" * 10_000,
        "links-open": lambda: b"<http://127.0.0.1:9/" * 20_000,
        "headings-20000": lambda: b"# a\n" * 20_000,
        "heading-of-1-mb": lambda: b"# " + b"x" * MIB,
        "heading-underlined": lambda: b"a\n===\n" * 30_000,
        "heading-unseen": lambda: f"# {BIDI}{TAGGED}\n\n{WORDS}".encode(),
        "matter-open": lambda: b"---\n" + b"title: x\n" * 50_000,
        "matter-bomb": lambda: (
            b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\ntitle: !!python/object:os.system x\n---\n# T\n"
        ),
        "formula": lambda: b"$" * 50_000 + rb"\input{/etc/passwd}\write18{ls}" + WORDS.encode(),
        "null-between": lambda: b"# a\x00b\n\n" * 500,
    }
    for name, make in made.items():
        yield f"markdown/{name}.md", make


def packed() -> Iterator[tuple[str, Make]]:
    """Office files, books and archives: those that no loader knows are refused, the others have to hold."""
    bomb = b"\x00" * (64 * MIB)
    xml = b'<?xml version="1.0"?>'
    laughs = (
        xml + b"<!DOCTYPE z [<!ENTITY a 'ha'>" + b"".join(
            b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
        ) + b"]><w:document xmlns:w='w'><w:p><w:t>&j;</w:t></w:p></w:document>"
    )  # fmt: skip
    outside = (
        xml
        + b"<!DOCTYPE z [<!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY y SYSTEM 'http://127.0.0.1:9/x'>]><z>&x;&y;</z>"
    )
    deep = xml + b"<a>" * 100_000 + b"</a>" * 100_000
    parts = {
        "docx": ("word/document.xml", "[Content_Types].xml"),
        "xlsx": ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"),
        "pptx": ("ppt/presentation.xml", "ppt/slides/slide1.xml", "[Content_Types].xml"),
        "odt": ("content.xml", "META-INF/manifest.xml"),
        "epub": ("META-INF/container.xml", "OEBPS/content.opf"),
    }
    for suffix, names in parts.items():
        first = {
            "odt": ("mimetype", b"application/vnd.oasis.opendocument.text"),
            "epub": ("mimetype", b"application/epub+zip"),
        }.get(suffix)
        for what, content in (
            ("bomb", bomb), ("entities-doubling", laughs), ("entity-outside", outside), ("nested", deep),
            ("noise", random.Random(3).randbytes(5000)), ("empty-parts", b""),
        ):  # fmt: skip
            yield f"office/{what}.{suffix}", _office(names, content, first)
    yield (
        "office/out-of-the-folder.docx",
        lambda: zipped({"../../../tmp/kilde-was-here": b"x", "word/document.xml": xml}),
    )
    yield "office/many-parts.docx", lambda: zipped({f"word/{n}.xml": b"<a/>" for n in range(20_000)})
    yield (
        "office/two-of-one-name.docx",
        lambda: zipped({"word/document.xml": xml}) + zipped({"word/document.xml": b"x"}),
    )
    yield "office/says-it-is-small.docx", _lying
    yield "archive/in-itself.zip", lambda: zipped({"a.zip": zipped({"a.zip": zipped({"a.txt": bomb})})})
    yield "archive/bomb.gz", lambda: zlib.compress(bomb, 9, 31)


def _office(names: tuple[str, ...], content: bytes, first: tuple[str, bytes] | None) -> Make:
    def make() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            if first is not None:
                file.writestr(zipfile.ZipInfo(first[0]), first[1])  # not packed: it tells what the file is
            for name in names:
                file.writestr(name, content)
        return out.getvalue()

    return make


def _lying() -> bytes:
    """An archive whose list says that a part of 64 MB has 10 bytes."""
    data = zipped({"word/document.xml": b" " * (64 * MIB)})
    return data.replace(struct.pack("<I", 64 * MIB), struct.pack("<I", 10))


def every_kind() -> Iterator[tuple[str, Make]]:
    """The same for every suffix that a loader is registered for, whatever it is."""
    contents: dict[str, Make] = {
        "empty": lambda: b"",
        "one-byte": lambda: b"\xff",
        "white-space": lambda: b" \n\t" * 1000,
        "null-bytes": lambda: b"\x00" * 100_000,
        "noise": lambda: random.Random(11).randbytes(20_000),
        "json-nested": lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "json-of-half-characters": lambda: json.dumps({"text": "\ud800" * 500}).encode(),
        "xml-nested": lambda: b"<a>" * 50_000 + b"</a>" * 50_000,
        "cells-100000-wide": lambda: b"a;b,c\td" * 100_000 + b"\n" + b'"' * 50_001,
        "mail-without-end": lambda: b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 5000,
        "program": lambda: b"\x7fELF\x02\x01\x01" + bytes(2000),
        "pdf-in-disguise": lambda: GOOD_PDF,
        "archive-in-disguise": lambda: zipped({"a.txt": b"x" * 100_000}),
    }  # fmt: skip
    for suffix in sorted(BY_SUFFIX):
        for name, make in contents.items():
            yield f"any/{name}{suffix}", make


def seeds() -> dict[str, list[bytes]]:
    """By suffix: the sound files that the fuzzing begins with. A kind of text without a file of its own gets plain ones."""
    plain = {
        ".pdf": [GOOD_PDF],
        ".txt": [WORDS.encode() * 3, WORDS.encode("utf-16"), WORDS.encode("cp1252")],
        ".md": [f"---\ntitle: T\n---\n# A *b*\n\n> {WORDS}\n\n- [x](y)\n\n```\n# c\n```\n\nD\n---\n{WORDS}".encode()],
    }
    kinds = (".png", ".jpg", ".tif", ".webp", ".bmp")
    words = picture_of("Fristen er 14 dage, og prisen er 900 kr.").crop((0, 0, 900, 140))
    pictures = {suffix: [picture_file(words, suffix)] for suffix in kinds}
    pictures[".heic"] = [HEIC.read_bytes()]
    made = {**plain, **pictures, **{suffix: [data] for suffix, data in office.sound().items()}}
    by_name = {BY_SUFFIX[suffix].name: files for suffix, files in made.items()}
    by_name = {kind.name: made[".txt"] for kind in FILE_TYPES if not kind.content} | by_name
    return {suffix: made.get(suffix) or by_name[kind.name] for suffix, kind in sorted(BY_SUFFIX.items())}
