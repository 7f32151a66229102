"""MSG files, made by hand: a compound file (MS-CFB) with the streams of a mail (MS-OXMSG)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Tree: TypeAlias = "dict[str, bytes | Tree]"

TEXT, TEXT8, BINARY, NUMBER, TIME = 0x001F, 0x001E, 0x0102, 0x0003, 0x0040
SUBJECT, BODY, HTML, RTF, HEADERS, SENDER, SENDER_SMTP, SENT = (
    0x0037, 0x1000, 0x1013, 0x1009, 0x007D, 0x0C1A, 0x5D01, 0x0039,
)  # fmt: skip
_NAME, _SMTP, _KIND, _FILE, _FILE_NAME, _CONTENT_ID = 0x3001, 0x39FE, 0x0C15, 0x3701, 0x3707, 0x3712


class EightBit(bytes):
    """A text in some encoding of single bytes."""


def msg(
    properties: Mapping[int, Any],
    recipients: Sequence[tuple[str, str, int]] = (),
    files: Sequence[tuple[str, bytes | Tree | None] | tuple[str, bytes, str]] = (),
) -> bytes:
    """A MSG file. properties: by number, as str, bytes or datetime. recipients: name, address, 1 for To and 2 for Cc.

    files: name and bytes of each, with a content id for a picture in the text; a tree of `mail` for a mail, None for a
    file that is only linked.
    """
    return _compound(mail(properties, recipients, files, offset=32))


def mail(
    properties: Mapping[int, Any],
    recipients: Sequence[tuple[str, str, int]] = (),
    files: Sequence[Any] = (),
    *,
    offset: int = 24,
) -> Tree:
    """The streams of a mail; offset: 24 for one that is inside another one."""
    made = _streams(properties, offset)
    for number, (name, address, kind) in enumerate(recipients):
        made[f"__recip_version1.0_#{number:08X}"] = _streams({_NAME: name, _SMTP: address, _KIND: kind}, 8)
    for number, (name, data, *content_id) in enumerate(files):
        values: dict[int, Any] = {_FILE_NAME: name, **({_CONTENT_ID: content_id[0]} if content_id else {})}
        if data is None:
            made[f"__attach_version1.0_#{number:08X}"] = _streams(values, 8)
        elif isinstance(data, bytes):
            made[f"__attach_version1.0_#{number:08X}"] = _streams({**values, _FILE: data}, 8)
        else:
            made[f"__attach_version1.0_#{number:08X}"] = {**_streams(values, 8), "__substg1.0_3701000D": data}
    return made


def _streams(values: Mapping[int, Any], offset: int) -> Tree:
    table = bytes(offset)
    made: Tree = {}
    for number, value in values.items():
        if isinstance(value, datetime):
            since = value - datetime(1601, 1, 1, tzinfo=UTC)
            table += struct.pack("<HHIQ", TIME, number, 6, int(since.total_seconds()) * 10**7)
        elif isinstance(value, int):
            table += struct.pack("<HHIII", NUMBER, number, 6, value, 0)
        else:
            kind = TEXT if isinstance(value, str) else TEXT8 if isinstance(value, EightBit) else BINARY
            data = value.encode("utf-16-le") if isinstance(value, str) else value
            table += struct.pack("<HHIII", kind, number, 6, len(data), 0)
            made[f"__substg1.0_{number:04X}{kind:04X}"] = data
    made["__properties_version1.0"] = table
    return made


def _compound(tree: Tree) -> bytes:
    """A compound file of these storages and streams (MS-CFB, version 3)."""
    entries: list[list[Any]] = []  # name, kind, right, child, start, size
    small, large = bytearray(), bytearray()
    small_table: list[int] = []
    chains: list[tuple[int, int]] = []  # first sector and number of sectors of each large stream

    def store(data: bytes) -> int:
        """The first sector of a large stream, counted from the first of all."""
        first, count = len(large) // _SECTOR, -(-len(data) // _SECTOR)
        large.extend(data.ljust(count * _SECTOR, b"\0"))
        chains.append((first, count))
        return first

    def add(name: str, content: bytes | Tree, kind: int) -> int:
        index = len(entries)
        entry: list[Any] = [name, kind, _FREE, _FREE, 0, 0]
        entries.append(entry)
        if isinstance(content, bytes):
            entry[5] = len(content)
            if len(content) >= _CUTOFF:
                entry[4] = store(content)
            elif content:
                count = -(-len(content) // _SMALL)
                entry[4] = len(small_table)
                small_table.extend([*range(len(small_table) + 1, len(small_table) + count), _END])
                small.extend(content.ljust(count * _SMALL, b"\0"))
            return index
        before = None
        for child_name in sorted(content, key=lambda one: (len(one), one.upper())):
            child = add(child_name, content[child_name], 2 if isinstance(content[child_name], bytes) else 1)
            if before is None:
                entry[3] = child
            else:
                entries[before][2] = child
            before = child
        return index

    add("Root Entry", tree, 5)
    entries[0][4], entries[0][5] = (store(bytes(small)) if small else _END), len(small)
    small_start = store(struct.pack(f"<{len(small_table)}I", *small_table)) if small_table else _END
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I", 2 * len(name) + 2, kind, 1, _FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
        for name, kind, right, child, start, size in entries
    )
    directory_start = store(directory)
    table = [_FREE] * (len(large) // _SECTOR)
    for first, count in chains:
        table[first : first + count] = [*range(first + 1, first + count), _END]
    tables = 1
    while tables * (_SECTOR // 4) < len(table) + tables:
        tables += 1
    first_table = len(table)
    table += [_TABLE] * tables
    packed = struct.pack(f"<{len(table)}I", *table).ljust(tables * _SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, tables, directory_start, 0, _CUTOFF, small_start, bool(small_table), _END, 0)
    header += struct.pack("<109I", *range(first_table, first_table + tables), *[_FREE] * (109 - tables))
    return header + bytes(large) + packed
