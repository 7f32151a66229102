"""The names of months in Danish, Norwegian and English."""

from __future__ import annotations

import subprocess
import sys

from rag.core.text import months


def test_each_language_has_its_twelve_names() -> None:
    assert months.names("da")[:5] == ("januar", "februar", "marts", "april", "maj")
    assert months.names("nb")[2:5] == ("mars", "april", "mai") and months.names("nb")[11] == "desember"
    assert months.names("en")[0] == "January" and months.names("en")[11] == "December"


def test_a_name_is_a_number_in_full_or_short() -> None:
    assert [months.full()[name] for name in ("marts", "mars", "march", "maj", "mai", "may")] == [3, 3, 3, 5, 5, 5]
    assert [months.short()[name] for name in ("febr", "sept", "okt", "oct", "des", "dec")] == [2, 9, 10, 10, 12, 12]
    assert set(months.full()).isdisjoint(months.short())
    assert sorted(set(months.numbers().values())) == list(range(1, 13))


def test_they_are_loaded_where_they_are_first_needed() -> None:
    said = "import sys, rag.core.text.tokens, rag.core.text.sentences; print('babel' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
