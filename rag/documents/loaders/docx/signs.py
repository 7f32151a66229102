"""What a Word document stores as codes: inserted symbols, and what the fields of a form show."""

import re
from typing import Any

from rag.documents.loaders.docx.numbering import W
from rag.documents.loaders.docx.styles import count, is_on
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


def form_field(field: Any) -> str:
    """What a form's check box or list shows (ECMA-376-1, 17.16.7 and 17.16.9); "" for other fields."""
    choices = field.find(f"{W}ffData/{W}ddList")
    if choices is not None:
        entries = [entry.get(f"{W}val", "") for entry in choices.findall(f"{W}listEntry")]
        chosen = count(choices.find(f"{W}result"), count(choices.find(f"{W}default"), 0))
        return entries[chosen] if chosen < len(entries) else ""
    box = field.find(f"{W}ffData/{W}checkBox")
    if box is None:
        return ""
    checked = box.find(f"{W}checked")
    return "☒" if is_on(box.find(f"{W}default") if checked is None else checked) else "☐"
