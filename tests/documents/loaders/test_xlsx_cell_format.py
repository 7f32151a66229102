"""Numbers and dates as a Danish reader of a spreadsheet sees them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from rag.documents.loaders.xlsx.cell_format import format_value

# what Danish Excel writes for a column of amounts
ACCOUNTS = r'_-* #,##0.00\ "kr."_-;\-* #,##0.00\ "kr."_-;_-* "-"??\ "kr."_-;_-@_-'


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1299.5, "General", "1299,5"),
        (12, "General", "12"),
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0,3"),
        (1e-7, "General", "0,0000001"),
        (1299.5, "#,##0.00", "1.299,50"),
        (1234567, "#,##0", "1.234.567"),
        (1299.5, '#,##0.00 "kr."', "1.299,50 kr."),
        (1299.5, "[$kr.-406] #,##0.00", "kr. 1.299,50"),
        (-1299.5, '#,##0.00 "kr.";[Red]-#,##0.00 "kr."', "-1.299,50 kr."),
        (-5, "#,##0_);(#,##0)", "(5)"),
        (-5, "0", "-5"),
        (1299.5, ACCOUNTS, "1.299,50 kr."),
        (-1299.5, ACCOUNTS, "-1.299,50 kr."),
        (0, ACCOUNTS, "- kr."),
        (99, "[$€-2] #,##0.00", "€ 99,00"),
        (99, '"$"#,##0', "$99"),
        (0.25, "0%", "25 %"),
        (0.125, "0.0%", "12,5 %"),
        (0, "0%", "0 %"),
        (1.5, "0.###", "1,5"),
        (2, "0.###", "2"),
        (1200000, "#,##0,", "1.200"),
        (5, '0 "stk."', "5 stk."),
        (0, '0;-0;"gratis"', "gratis"),
        (5, '[>100]"stor";0', "5"),
        (1.5, "# ?/?", "1,5"),
        (1.5, "0.00E+00", "1,5"),
        (-0.001, "0.00", "0,00"),
        (True, "General", "SAND"),
        (False, "General", "FALSK"),
        ("X1", "@", "X1"),
        (None, "General", ""),
        (date(2026, 5, 3), "General", "03-05-2026"),
        (datetime(2026, 5, 3), "mm-dd-yy", "03-05-2026"),
        (datetime(2026, 5, 3), "d. mmmm yyyy", "3. maj 2026"),
        (datetime(2026, 5, 3), "[$-406]d. mmmm yyyy;@", "3. maj 2026"),
        (datetime(2026, 5, 3), "mmm-yy", "maj 2026"),
        (datetime(2026, 5, 3, 14, 5), "dd-mm-yyyy hh:mm", "03-05-2026 14:05"),
        (datetime(2026, 5, 3, 14, 5), "h:mm", "14:05"),
        (time(9, 5), "h:mm", "09:05"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
    ],
)
def test_shown(value: Any, number_format: str, text: str) -> None:
    assert format_value(value, number_format) == text


@pytest.mark.parametrize(
    "number_format", ["", ";", ";;;", '"', "\\", "[", "[$", "#,,,,", ",.", "0;0;0;0;0", "%%%", "?"]
)
@pytest.mark.parametrize("value", [1, -1, 0, 1.5, float("nan"), float("inf"), 1e300, datetime(1900, 1, 1)])
def test_strange_formats_still_show_something(number_format: str, value: Any) -> None:
    assert isinstance(format_value(value, number_format), str)
