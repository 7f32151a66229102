"""Tables of tagged PDFs: the program that made the file says which cells are headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    PdfObject,
)

from rag.documents.loaders import load
from tests.pdfs import PDF, pdf, rewritten


def tagged(kinds: Sequence[str]) -> bytes:
    """A table without rules, whose cells of the first row are of these kinds, as word processors tag them."""
    rows = [["Rum", "Gulv"], ["Stue", "eg"], ["Bad", "flise"], ["Gang", "kork"]]
    cells = [(row, column) for row in range(4) for column in range(2)]
    content = "".join(
        f"/P <</MCID {number}>> BDC BT /F1 11 Tf {60 + 120 * column} {700 - 20 * row} Td "
        f"({rows[row][column]}) Tj ET EMC\n"
        for number, (row, column) in enumerate(cells)
    )

    def change(writer: PdfWriter) -> None:
        page = writer.pages[0]
        resources = page["/Resources"].get_object()
        resources[NameObject("/Font")] = DictionaryObject({NameObject("/F1"): font})
        stream = DecodedStreamObject()
        stream.set_data(content.encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/StructParents")] = NumberObject(0)
        root = DictionaryObject({NameObject("/Type"): NameObject("/StructTreeRoot")})
        at_root = writer._add_object(root)

        def element(kind: str, parent: PdfObject) -> tuple[DictionaryObject, PdfObject]:
            made = DictionaryObject({NameObject("/Type"): NameObject("/StructElem"), NameObject("/S"): NameObject(kind),
                                     NameObject("/P"): parent, NameObject("/Pg"): page.indirect_reference,
                                     NameObject("/K"): ArrayObject()})  # fmt: skip
            return made, writer._add_object(made)

        table, at_table = element("/Table", at_root)
        root[NameObject("/K")] = ArrayObject([at_table])
        parents = ArrayObject()
        for row in range(4):
            line, at_line = element("/TR", at_table)
            table["/K"].append(at_line)
            for column in range(2):
                cell, at_cell = element(kinds[column] if row == 0 else "/TD", at_line)
                cell["/K"].append(NumberObject(len(parents)))
                line["/K"].append(at_cell)
                parents.append(at_cell)
        root[NameObject("/ParentTree")] = DictionaryObject(
            {NameObject("/Nums"): ArrayObject([NumberObject(0), parents])}
        )
        writer._root_object[NameObject("/StructTreeRoot")] = at_root
        writer._root_object[NameObject("/MarkInfo")] = DictionaryObject({NameObject("/Marked"): BooleanObject(True)})

    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
                             NameObject("/BaseFont"): NameObject("/Helvetica")})  # fmt: skip
    return rewritten(pdf("x"), change)


@pytest.mark.parametrize(("kinds", "row"), [(["/TH", "/TH"], "Rum: Bad | Gulv: flise"), (["/TD", "/TD"], "Bad flise")])
def test_cells_tagged_as_headers_are_names_of_columns(
    saved: Callable[[bytes], Path], kinds: list[str], row: str
) -> None:
    assert row in load(saved(tagged(kinds)), PDF, "a.pdf").pages[0].text.split("\n\n")
