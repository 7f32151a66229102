"""Mails as Outlook saves them: compound files ([MS-CFB]) with a stream for each property ([MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from benchmarks.reading.blocks import Block, Table, placed, runs
from benchmarks.reading.forms import web

Node = bytes | Mapping[str, "Node"]
"""A stream, or a storage of nodes by their names."""

_SECTOR, _MINI, _SMALL, _ENTRY = 512, 64, 4096, 128
_END, _FREE, _IS_FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_TEXT, _BYTES, _NUMBER, _TIME, _OBJECT = 0x001F, 0x0102, 0x0003, 0x0040, 0x000D
SUBJECT, SENDER, ADDRESS, TO, BODY, HTML, CLASS = 0x0037, 0x0C1A, 0x0C1F, 0x0E04, 0x1000, 0x1013, 0x001A
_SENT = 134_146_017_000_000_000  # 100 ns since 1601: 3 February 2026
_HEADER = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)


def compound(tree: Mapping[str, Node]) -> bytes:
    """A compound file of version 3 with these streams and storages."""
    entries: list[tuple[str, int, bytes, list[int]]] = [("Root Entry", 5, b"", [_FREE] * 3)]
    _listed(entries, 0, tree)
    mini, mini_fat = bytearray(), list[int]()
    sectors, fat = list[bytes](), list[int]()

    def chained(data: bytes, size: int, table: list[int]) -> tuple[int, list[bytes]]:
        parts = [data[n : n + size].ljust(size, b"\0") for n in range(0, len(data), size)]
        first = len(table)
        table += [*range(first + 1, first + len(parts)), _END] if parts else []
        return (first if parts else _END), parts

    starts = []
    for _, kind, data, _ in entries:
        if kind == 2 and len(data) < _SMALL:
            start, parts = chained(data, _MINI, mini_fat)
            mini += b"".join(parts)
        else:
            start, parts = chained(data, _SECTOR, fat)
            sectors += parts
        starts.append(start)
    starts[0], parts = chained(bytes(mini), _SECTOR, fat)
    sectors += parts
    mini_start, parts = chained(struct.pack(f"<{len(mini_fat)}I", *mini_fat), _SECTOR, fat)
    parts = [part if n < len(parts) - 1 else _filled(part, len(mini_fat)) for n, part in enumerate(parts)]
    sectors, mini_sectors = sectors + parts, len(parts)
    directory = b"".join(
        _entry(name, kind, links, start, len(mini) if kind == 5 else len(data))
        for (name, kind, data, links), start in zip(entries, starts, strict=True)
    )
    directory += _entry("", 0, [_FREE] * 3, 0, 0) * (-len(entries) % (_SECTOR // _ENTRY))
    directory_start, parts = chained(directory, _SECTOR, fat)
    sectors += parts
    of_fat = next(n for n in count(1) if n * _SECTOR // 4 >= len(sectors) + n)
    assert of_fat <= 109, "too large for a header alone"
    first_of_fat = len(sectors)
    fat += [_IS_FAT] * of_fat
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(of_fat * _SECTOR, b"\xff")
    numbers = [first_of_fat + n for n in range(of_fat)] + [_FREE] * (109 - of_fat)
    head = struct.pack("<IIIIIIIII", of_fat, directory_start, 0, _SMALL, mini_start, mini_sectors, _END, 0, numbers[0])
    return _HEADER + head + struct.pack("<108I", *numbers[1:]) + b"".join(sectors) + table


def _filled(part: bytes, used: int) -> bytes:
    """The last sector of a table: its entries after the used ones are free."""
    rest = used % (_SECTOR // 4) * 4
    return part[:rest].ljust(_SECTOR, b"\xff") if rest else part


def _listed(entries: list[tuple[str, int, bytes, list[int]]], parent: int, nodes: Mapping[str, Node]) -> None:
    """Append the nodes, and make the children of the parent a balanced tree in the order that the format asks for."""
    order = []
    for name in sorted(nodes, key=lambda one: (len(one), one.upper())):
        node = nodes[name]
        order.append(len(entries))
        entries.append(
            (name, 2 if isinstance(node, bytes) else 1, node if isinstance(node, bytes) else b"", [_FREE] * 3)
        )
        if not isinstance(node, bytes):
            _listed(entries, order[-1], node)

    def root_of(part: Sequence[int]) -> int:
        if not part:
            return _FREE
        middle = len(part) // 2
        entries[part[middle]][3][:2] = [root_of(part[:middle]), root_of(part[middle + 1 :])]
        return part[middle]

    entries[parent][3][2] = root_of(order)


def _entry(name: str, kind: int, links: Sequence[int], start: int, size: int) -> bytes:
    coded = name.encode("utf-16-le")
    length = len(coded) + 2 if name else 0
    start = 0 if kind == 1 else start
    return coded.ljust(64, b"\0") + struct.pack("<HBB3I36xIQ", length, kind, 1, *links, start, size)


def _properties(values: Mapping[int, str | bytes | int], head: bytes) -> Iterator[tuple[str, bytes]]:
    """The streams of an object: one for each text, and one that lists all properties."""
    listed = head
    for tag, value in values.items():
        kind = _NUMBER if isinstance(value, int) else _TEXT if isinstance(value, str) else _BYTES
        if isinstance(value, int):
            kind = _TIME if value > 0xFFFFFFFF else _NUMBER
            listed += struct.pack("<IIQ", tag << 16 | kind, 6, value)
            continue
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        listed += struct.pack("<IIII", tag << 16 | kind, 6, len(data) + (2 if kind == _TEXT else 0), 0)
        yield f"__substg1.0_{tag:04X}{kind:04X}", data
    yield "__properties_version1.0", listed


def outlook(
    subject: str,
    text: str,
    html: str = "",
    *,
    files: Mapping[str, bytes] | None = None,
    inner: Mapping[str, Node] | None = None,
    embedded: bool = False,
) -> dict[str, Node]:
    """A mail from Yrsa Holt to Kaj Brun. inner: a mail that is attached. embedded: it is such a one."""
    values: dict[int, str | bytes | int] = {CLASS: "IPM.Note", SUBJECT: subject, SENDER: "Yrsa Holt", 0x0039: _SENT}
    values |= {ADDRESS: "yrsa@nybo.example", TO: "Kaj Brun", BODY: text}
    if html:
        values[HTML] = html.encode()
    attached: list[dict[str, Node]] = []
    for name, data in (files or {}).items():
        attached.append(dict(_properties({0x3701: data, 0x3704: name, 0x3707: name, 0x3705: 1}, bytes(8))))
    if inner is not None:
        attached.append(
            {**dict(_properties({0x3001: "Mail", 0x3705: 5}, bytes(8))), f"__substg1.0_3701{_OBJECT:04X}": inner}
        )
    head = bytes(8) + struct.pack("<4I", 1, len(attached), 1, len(attached)) + (b"" if embedded else bytes(8))
    tree: dict[str, Node] = dict(_properties(values, head))
    tree["__recip_version1.0_#00000000"] = dict(
        _properties({0x3001: "Kaj Brun", 0x3003: "kaj@nybo.example", 0x0C15: 1}, bytes(8))
    )
    tree |= {f"__attach_version1.0_#{n:08X}": one for n, one in enumerate(attached)}
    if not embedded:
        tree["__nameid_version1.0"] = {f"__substg1.0_000{n}0102": b"" for n in (2, 3, 4)}
    return tree


def msg(blocks: Sequence[Block]) -> bytes:
    """With the text as HTML, and without its marks as plain text, as Outlook keeps both."""
    lines = []
    for block in blocks:
        if isinstance(block, Table):
            lines += ["\t".join(text for _, _, text in placed(row)) for row in block.rows]
        else:
            lines.append("".join(run.text for run in runs(block.text)))
    return compound(outlook("Til orientering", "\r\n".join(lines), web.page(web.body(blocks)).decode()))
