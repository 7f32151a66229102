"""What a mail quotes, told from its own text: where a quote begins, and whom it quotes.

Mail programs mark a quote by signs in front of its lines or by an element around it, and name its writer in a line
("On … wrote:"), below a line ("-----Original Message-----"), or in a block of header lines ("From: … Sent: …"). Forms
of Outlook, Gmail, Apple Mail and Thunderbird in Danish, Norwegian, Swedish, German and English.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rag.documents.loaders.mail.blocks import Block
from rag.documents.loaders.page_builder import PageBuilder

_LONGEST = 400  # characters of a line that names a writer
_WRAPPED = 3  # lines that such a line is broken into at most

_MONTH = r"(?:jan|feb|mar|apr|ma[jiy]|jun|jul|aug|sep|o[kc]t|nov|de[cz])\w*\.?"
_DATE = re.compile(
    rf"\d{{1,2}}\.?\s*{_MONTH},?\s+\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    r"|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:\s*[ap]\.?m\b\.?)?(?:\s*\(?(?:[+-]\d{4}|UTC|GMT|CES?T)\)?)?", re.IGNORECASE
)
_WEEKDAY = (
    r"(?:man|tirs?|ons|tors?|fre|lør|lau|søn|sön|mån|tis|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
    r"(?:dag|day)?\b"
)
_WROTE = r"\b(?:wrote|skrev|skreiv|schrieb)\b"
_WRITTEN = re.compile(rf"(?:on\b|den\b|am\b|{_WEEKDAY}|\d)(?P<before>.{{4,}}?){_WROTE}(?P<after>[^:]*):", re.IGNORECASE)
_WRITER = re.compile(
    rf"(?![^:]*\w{{3}}[.!?]\s)(?P<after>[^:]{{2,120}}?)\s{_WROTE}\s(?P<before>[^\n]{{6,}}):", re.IGNORECASE
)
_SAID = re.compile(
    rf"(?![^:]*\w{{3}}[.!?]\s)(?P<after>[^:]{{2,120}}?)\s{_WROTE}(?P<before>)(?:\sfølgende)?\s?:", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s<>@\[\]():;,\"]+@[^\s<>@\[\]():;,\"]+")
_SEPARATOR = re.compile(
    r"-{2,}\s*(?:oprindelig|opprinnelig|opphavleg|original|ursprung|ursprüng|forwarded|videresendt|vidaresend|vidarebefordrat"
    r"|weitergeleitet)\w*\s+\w+\s*-{2,}"
    r"|(?:begin forwarded message|(?:start på|begynd)\s+videresendt \w+|videresendt (?:melding|meddelelse|besked)):?",
    re.IGNORECASE,
)
_RULE = re.compile(r"[_=-]{8,}")
_LABELS = {
    **dict.fromkeys(("fra", "from", "från", "frå", "von"), "from"),
    **dict.fromkeys(("sendt", "sent", "skickat", "gesendet", "dato", "date", "datum"), "date"),
    **dict.fromkeys(("til", "to", "till", "an"), "to"),
    **dict.fromkeys(("emne", "subject", "ämne", "betreff"), "subject"),
    **dict.fromkeys(("cc", "kopi", "kopia", "bcc", "svar til", "reply-to", "prioritet", "vigtighed", "importance"), ""),
    **dict.fromkeys(("vedhæftet", "vedhæftede filer", "vedlegg", "attachments", "attachment"), ""),
}
_HEADER = re.compile(rf"\*?\s?({'|'.join(map(re.escape, _LABELS))})\s?:\s?\*?\s?(.*)", re.IGNORECASE | re.DOTALL)
_FOLDED = 4  # lines that a list of recipients goes on for


class Source(NamedTuple):
    """Whom a quote is from. who: name and address; when: as the mail writes it. lines: the header lines, if any."""

    who: str = ""
    when: str = ""
    lines: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name, or the address where there is no name."""
        name = re.split(r"[<\[(]", self.who)[0].strip(" \"'*,;")
        return name or self.who.strip(" <>[]()")

    @property
    def day(self) -> str:
        """The date alone; as written where it is of no known form."""
        match = _DATE.search(self.when)
        return match[0].rstrip(",") if match else self.when[:40]


class _Line(NamedTuple):
    block: Block
    number: int  # of the block among all
    text: str


def write(blocks: Sequence[Block], page: PageBuilder, sender: str, english: bool) -> None:
    """Write a mail's text into `page`; each quote below a heading that says whom it quotes.

    sender: named where the mail's own text goes on behind a quote. english: the language of these headings.
    """
    last: Source | None = None
    introduced: list[Source] = []
    for source, block in _attributed(blocks):
        if source is not last:
            last = source
            if source is None:
                page.heading(2, f"{'Reply' if english else 'Svar'}: {sender}")
            else:
                _begin(source, page, english, with_lines=source not in introduced)
                introduced.append(source)
        if block.kind == "heading":
            page.heading(block.level, block.text)
        else:
            page.block(block.text, block.kind)


def _begin(source: Source, page: PageBuilder, english: bool, with_lines: bool) -> None:
    label = "Quoted" if english else "Citeret"
    said = ", ".join(filter(None, (source.name, source.day)))
    page.heading(2, f"{label}: {said}" if said else label)
    if with_lines:
        labels = ("From", "Date") if english else ("Fra", "Dato")
        own_lines = [f"{name}: {value}" for name, value in zip(labels, (source.who, source.when), strict=True) if value]
        page.paragraph("\n".join(source.lines or own_lines))


def _attributed(blocks: Iterable[Block]) -> Iterator[tuple[Source | None, Block]]:
    """Each block, or part of a paragraph, with the quote that it is in; None for the mail's own text."""
    lines = [
        _Line(block, number, text)
        for number, block in enumerate(blocks)
        for text in (block.text.split("\n") if block.kind == "paragraph" else [block.text])
    ]
    sources: dict[int, Source | None] = {0: None}  # by depth
    part: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        found = _source_at(lines, index)
        if found is None:
            part.append(line.text)
            index += 1
            if index == len(lines) or lines[index].number != line.number or _source_at(lines, index) is not None:
                yield sources.setdefault(line.block.depth, Source()), line.block._replace(text="\n".join(part))
                part = []
            continue
        source, index = found
        # where what follows is no deeper, nothing but this line tells that it is quoted, and all of the rest is
        depth = max(line.block.depth, lines[index].block.depth) if index < len(lines) else line.block.depth
        sources = {at: one for at, one in sources.items() if at <= line.block.depth} | {depth: source}


def _source_at(lines: Sequence[_Line], index: int) -> tuple[Source, int] | None:
    """The source that is named from a line on, and the index of the line behind that; None where none is."""
    line = lines[index]
    if line.block.kind not in ("paragraph", "heading") or len(line.text) > _LONGEST:
        return None
    if _SEPARATOR.fullmatch(line.text) or _RULE.fullmatch(line.text):
        header = _header_at(lines, index + 1, 2)
        if header is not None:
            return header
        return None if _RULE.fullmatch(line.text) else (Source(), index + 1)
    return _header_at(lines, index, 3) or _named_at(lines, index)


def _header_at(lines: Sequence[_Line], first: int, least: int) -> tuple[Source, int] | None:
    """The header lines of a quoted mail: at least so many of sender, date, recipient and subject, the sender first."""
    values: dict[str, str] = {}
    texts: list[str] = []
    end = index = first
    while index < len(lines) and index - end <= _FOLDED and lines[index].block.depth == lines[first].block.depth:
        match = _HEADER.fullmatch(lines[index].text[:_LONGEST])
        label = _LABELS[match[1].lower()] if match else None
        if match is None or label is None or (label and label in values):
            if not texts or lines[index].number != lines[index - 1].number:
                break
            index += 1
            continue
        texts += [line.text for line in lines[end:index]]
        if label:
            values[label] = match[2].strip(" *")
        texts.append(f"{match[1]}: {match[2].strip(' *')}")
        index += 1
        end = index
        if next(iter(values), "from") != "from":
            break
    if len(values) < least or "from" not in values:
        return None
    return Source(values["from"], values.get("date", ""), tuple(texts)), end


def _named_at(lines: Sequence[_Line], index: int) -> tuple[Source, int] | None:
    """The writer who is named in a line such as "On … wrote:", which may be broken."""
    joined = ""
    for end in range(index, min(index + _WRAPPED, len(lines))):
        line = lines[end]
        if line.number != lines[index].number or len(joined) > _LONGEST:
            return None
        joined = f"{joined} {line.text}".strip()
        if not joined.endswith(":"):
            continue
        for form in (_WRITTEN, _WRITER, _SAID):
            match = form.fullmatch(joined)
            is_dated = match is not None and (_DATE.search(match["before"]) or _TIME.search(match["before"]))
            if match is None or not (is_dated or form is _SAID):
                continue
            goes_deeper = end + 1 < len(lines) and lines[end + 1].block.depth > line.block.depth
            if goes_deeper or _ADDRESS.search(joined) or (form is _WRITTEN and _TIME.search(joined)):
                return _named(joined, match), end + 1
        return None
    return None


def _named(line: str, match: re.Match[str]) -> Source:
    """The source out of such a line: the writer stands behind the verb, or in front of it behind the date."""
    before, after = match["before"].strip(" ,"), re.sub(r"^følgende\b", "", match["after"].strip(" ,"))
    if match.re is _WRITTEN:
        before = line[: match.end("before")].strip(" ,")
    if after:
        return Source(after, _without_preposition(before))
    ends = [one.end() for form in (_DATE, _TIME) for one in form.finditer(before)]
    return Source(before[max(ends) :].strip(" ,"), _without_preposition(before[: max(ends)]))


def _without_preposition(when: str) -> str:
    return re.sub(r"^(?:on|den|am)\s+", "", when.strip(" ,()"), flags=re.IGNORECASE)
