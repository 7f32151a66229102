"""SmartArt as items: its texts are in a data part of their own, with the connections that make them a tree."""

from collections.abc import Iterator
from typing import Any

from rag.documents.loaders.drawingml.text import box_line, paragraphs
from rag.documents.loaders.omissions import Omissions

DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_NO_NODES = ("pres", "parTrans", "sibTrans", "doc")


def diagram_items(root: Any, omissions: Omissions, page: int = 1) -> list[tuple[int, str]]:
    """Depth (from 0) and text of each box in the order of the tree, one line a box."""
    texts: dict[str, str] = {}
    for point in root.iter(f"{DIAGRAM}pt"):
        body = point.find(f"{DIAGRAM}t")
        if point.get("type", "node") not in _NO_NODES and body is not None:
            texts[point.get("modelId", "")] = box_line(paragraphs(body, omissions, page))
    children: dict[str, list[tuple[int, str]]] = {}
    for connection in root.iter(f"{DIAGRAM}cxn"):
        if connection.get("type", "parOf") == "parOf":
            order = connection.get("srcOrd", "0")
            place = int(order) if order.isdecimal() and len(order) < 9 else 0
            children.setdefault(connection.get("srcId", ""), []).append((place, connection.get("destId", "")))
    owned = {child for held in children.values() for _, child in held}
    roots = [p.get("modelId", "") for p in root.iter(f"{DIAGRAM}pt") if p.get("modelId", "") not in owned]
    met: set[str] = set()
    items = list(_walk(roots, children, texts, met))
    return items + [(0, text) for name, text in texts.items() if name not in met and text]


def _walk(
    roots: list[str], children: dict[str, list[tuple[int, str]]], texts: dict[str, str], met: set[str]
) -> Iterator[tuple[int, str]]:
    stack = [(0, name) for name in reversed(roots)]
    while stack:
        depth, name = stack.pop()
        if name in met:
            continue
        met.add(name)
        text = texts.get(name, "")
        if text:
            yield depth, text
        below = depth + bool(text)
        stack += [(below, child) for _, child in sorted(children.get(name, ()), reverse=True)]
