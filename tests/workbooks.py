"""Workbooks."""

from __future__ import annotations

import openpyxl


def book(*rows: list[object], title: str = "Priser") -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return made
