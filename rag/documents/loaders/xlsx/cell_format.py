"""The value of a spreadsheet's cell as a Danish reader sees it: 1.299,50 kr., 25 %, 3. maj 2026."""

from datetime import date, datetime, time, timedelta
from typing import Any

from rag.documents.loaders.xlsx.date_format import moment
from rag.documents.loaders.xlsx.format_code import text_section
from rag.documents.loaders.xlsx.number_format import number, plain_number

__all__ = ["format_value", "plain_number"]


def format_value(value: Any, number_format: str, *, english: bool = False) -> str:
    """The text of a value that openpyxl read; "" for None and for what the format hides.

    english: whether its sheet is in English, where truth values are, too: Excel shows them in the reader's language.
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper() if english else "SAND" if value else "FALSK"
        case int() | float():
            return number(value, number_format)
        case datetime() | date() | time() | timedelta():
            return moment(value, number_format)
    section = text_section(number_format)
    if section is None:
        return str(value)
    return "".join(str(value) if sign.text == "@" else sign.text for sign in section.signs if sign.kind != "place")
