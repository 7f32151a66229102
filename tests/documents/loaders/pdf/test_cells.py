"""What a cell or a line is, by its text."""

from __future__ import annotations

import pytest

from rag.documents.loaders.pdf.cells import are_parallel, is_address, is_field, is_figure, is_label, period


@pytest.mark.parametrize(
    "text", ["12", "1.250,00", "$ 1,234", "(2,208,887)", "(11)%", "20 %", "950,- kr.", "3,2 kg", "-", "–", "DKK 12"]
)
def test_figures(text: str) -> None:
    assert is_figure(text)


@pytest.mark.parametrize(
    "text", ["Pris", "V-100", "CVR 12345678", "Moms 25 %", "8000 Aarhus C", "3. maj 2027", "10.15 Pause"]
)
def test_what_is_no_figure(text: str) -> None:
    assert not is_figure(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("2024", "year"), ("FY 2024", "year"), ("2022/23", "year"), ("31-12-2024", "date"), ("December 31, 2024", "date"),
     ("1. kvt.", "quarter"), ("Q3 2024", "quarter"), ("jan", "month"), ("10 %", "share"), ("10 kg", "measure"),
     ("Pris", None), ("1.234", None), ("1250", None)],
)  # fmt: skip
def test_names_with_figures_in_them(text: str, kind: str | None) -> None:
    assert period(text) == kind


def test_fields_and_labels() -> None:
    assert is_field("Fakturanr.: 20417") and is_field("Side 1 af 2")
    assert not is_field("Sælger:") and not is_field("Nordlys A/S") and not is_field("10:15 Pause")
    assert is_label("Navn") and is_label("Moms 25 %") and not is_label("Havnegade 1") and not is_label("")


def test_an_address_is_told_from_a_column_of_towns() -> None:
    assert is_address(["Nordlys A/S", "Havnegade 1", "8000 Aarhus C", "CVR 12345678"])
    assert is_address(["Acme Inc.", "1 Main St", "Springfield, IL 62701"])
    assert not is_address(["By", "8000 Aarhus C", "5000 Odense C", "9000 Aalborg"])
    assert not is_address(["Pumpe", "Ventil", "Slange"])


def test_lines_that_are_alike_side_by_side() -> None:
    assert are_parallel([["Jens Hansen", "Mette Holm"], ["Direktør", "Økonomichef"], ["Nordlys A/S", "Brise A/S"]])
    assert not are_parallel([["Design", "Mette", "Færdig"], ["Test", "Jens", "Åben"]])
    assert not are_parallel([["Vare", "Antal", "Pris"], ["Pumpe til have", "12", "1.250"], ["Ventil", "3", "75"]])
