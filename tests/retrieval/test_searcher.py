from __future__ import annotations

from rag.library import Library


def test_an_abbreviation_finds_what_it_stands_for(library: Library) -> None:
    library.documents.add("ledelse.txt", "Administrerende direktør er Karen Lund. Kantinen er lukket.".encode())
    library.documents.add("kantine.txt", "Kantinen er i kælderen. Ceo er et ord i en anden sammenhæng.".encode())
    library.wait()
    found = library.search("CEO?", meaning=False).hits
    assert {hit.document for hit in found} == {"ledelse.txt", "kantine.txt"}


def test_what_a_document_defines_is_found_by_its_full_form(library: Library) -> None:
    library.documents.add("bestyrelse.txt", b"The Group Safety Board (GSB) was founded in 1990.")
    library.documents.add("liste.txt", b"Chair of the GSB: Karen Lund.")
    library.wait()
    found = library.search("Who chairs the group safety board?", meaning=False).hits
    assert "liste.txt" in {hit.document for hit in found}
