"""Values that nobody meant: for what reads JSON and TOML, and for what browsers send."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

SIGNS = (
    "</passage>", "<passage number='1'>", "<|im_end|>", "<end_of_turn>", "[INST]", "\x00", "\u202e", "\ufeff", "\n",
    "![x](http://127.0.0.1:9/x)", "<img src=x onerror=alert(1)>", "$x$", "../..", "{name}", "%s", "=cmd|' /C calc'!A0",
    "\U000e0041", "\ud800", "\udfff", "ａ", "Spørgsmål: ", "\nSvar:", "```", "\\", "'; DROP TABLE document; --",
)  # fmt: skip

odd_texts = st.lists(st.one_of(st.sampled_from(SIGNS), st.text(max_size=8)), max_size=6).map("".join)
"""With half characters among them, which JSON can spell."""
numbers = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, -1]),
    st.floats(),
)
leaves = st.one_of(st.none(), st.booleans(), numbers, odd_texts)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(odd_texts, inner, max_size=4)),
    max_leaves=8,
)
DEEP: Any = None
for _ in range(300):
    DEEP = [DEEP]


@st.composite
def changed(draw: st.DrawFn, whole: Any, most: int = 3) -> Any:
    """`whole`, which JSON can hold, with up to `most` of its values exchanged, left out, doubled or renamed."""
    made = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, most))):
        places = [(holder, key) for holder in _holders(made) for key in _keys(holder)]
        if not places:
            return draw(anything)
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(("exchange", "exchange", "remove", "double", "rename"))):
            case "exchange":
                holder[key] = draw(anything)
            case "remove":
                del holder[key]
            case "double" if isinstance(holder, list):
                holder.append(json.loads(json.dumps(holder[key])))
            case _ if isinstance(holder, dict):
                holder[draw(odd_texts)] = holder.pop(key)
    return made


def _holders(value: Any) -> list[Any]:
    if not isinstance(value, list | dict):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(holder for one in inner for holder in _holders(one))]


def _keys(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def spelled(value: Any) -> bytes:
    """JSON, half characters as JSON spells them."""
    return json.dumps(value).encode()


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """Bytes with pieces cut out, turned over, doubled, or put in."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.sampled_from((1, 1, 4, 40, 400)))
        match draw(st.sampled_from(("bytes", "cut", "double", "end", "number"))):
            case "bytes":
                data[at : at + size] = draw(st.binary(max_size=size))
            case "cut":
                del data[at : at + size]
            case "double":
                data[at:at] = data[at : at + size] * draw(st.sampled_from((1, 50)))
            case "end":
                del data[at:]
            case "number":
                data[at:at] = draw(st.sampled_from((b"0", b"-1", b"99999999999", b"2147483648", b"\xff\xff\xff\xff")))
    return bytes(data)
