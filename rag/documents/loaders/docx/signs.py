"""Signs that a Word document stores as codes: inserted symbols, boxes to tick."""

import re
from typing import Any

from rag.documents.loaders.docx.numbering import W
from rag.documents.loaders.docx.styles import is_on
from rag.documents.loaders.symbol_fonts import has_signs, translate


def font_of(properties: Any) -> str | None:
    """The font that a run names itself; fonts of styles are fonts of letters."""
    fonts = None if properties is None else properties.find(f"{W}rFonts")
    return None if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi")


def sign_of(element: Any) -> str:
    """The sign of an inserted symbol (ECMA-376-1, 17.3.3.30)."""
    code, font = element.get(f"{W}char", ""), element.get(f"{W}font")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,4}", code):
        return ""
    sign = chr(int(code, 16))
    if has_signs(font):
        return translate(sign, font)
    return sign if sign.isprintable() else ""


def tick_box(field: Any) -> str:
    """The box of a form's check box as Word shows it (ECMA-376-1, 17.16.7); "" for other fields."""
    box = field.find(f"{W}ffData/{W}checkBox")
    if box is None:
        return ""
    checked = box.find(f"{W}checked")
    return "☒" if is_on(box.find(f"{W}default") if checked is None else checked) else "☐"
