"""Workbooks."""

from __future__ import annotations

import openpyxl


def book(*rows: list[object], title: str = "Priser") -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return workbook
