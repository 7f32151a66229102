"""Documents whose files are inside that of another one."""

from __future__ import annotations

import pytest

from rag.core.errors import DocumentGone
from rag.core.types import Page, Parsed, Scope
from rag.store.protocol import Store
from tests.store.conformance.builders import active, chunks_of, found_by_meaning, found_by_words, index


def accept(store: Store, name: str, *, parent: int | None = None, replaces: int | None = None, data: str = "") -> int:
    return store.documents.accept(name, "text/plain", (data or name).encode(), parent=parent, replaces=replaces).id


def put(store: Store, document_id: int, *children: int) -> None:
    """Read a waiting document whose file has the children inside."""
    assert store.queue.claim(document_id, active(store).id)
    parsed, chunks = Parsed((Page(1, "mail"),)), chunks_of(["mail"])
    assert store.documents.put(document_id, active(store).id, parsed, chunks, "da", children=children)


def parents(store: Store) -> dict[str, int | None]:
    return {document.name: document.parent for document in store.documents.all()}


def test_a_document_knows_whose_file_it_is_inside(store: Store) -> None:
    mail = accept(store, "m.eml")
    archive = accept(store, "m.eml › a.zip", parent=mail)
    inner = accept(store, "m.eml › a.zip › b.txt", parent=archive)
    other = accept(store, "c.txt")
    assert [document.id for document in store.documents.under(mail)] == [inner, archive]
    assert [document.id for document in store.documents.under(archive)] == [inner]
    assert store.documents.under(other) == [] and store.documents.under(99) == []
    found = store.documents.get(inner)
    assert found is not None and found.parent == archive
    assert parents(store)["m.eml"] is None


def test_nothing_goes_under_a_document_that_is_gone(store: Store) -> None:
    mail = accept(store, "m.eml")
    store.documents.delete([mail])
    with pytest.raises(DocumentGone):
        accept(store, "m.eml › b.txt", parent=mail)
    assert store.documents.all() == []


def test_what_is_under_a_document_is_deleted_with_it(store: Store) -> None:
    mail = accept(store, "m.eml")
    archive = accept(store, "m.eml › a.zip", parent=mail)
    inner = accept(store, "m.eml › a.zip › b.txt", parent=archive)
    index(store, inner, "alpha")
    assert found_by_words(store, "alpha") == ["alpha"] and found_by_meaning(store) == {"m.eml › a.zip › b.txt"}
    store.documents.delete([mail, archive])
    assert store.documents.all() == []
    assert found_by_words(store, "alpha") == [] and found_by_meaning(store) == set()


def test_who_asks_a_document_asks_what_is_under_it(store: Store) -> None:
    mail, other = accept(store, "m.eml"), accept(store, "o.txt")
    archive = accept(store, "m.eml › a.zip", parent=mail)
    inner = accept(store, "m.eml › a.zip › b.txt", parent=archive)
    store.documents.set_tags([archive], ["tilbud"])
    assert store.documents.in_scope(Scope((mail,))) == {mail, archive, inner}
    assert store.documents.in_scope(Scope((other,), ("tilbud",))) == {other, archive, inner}
    assert store.documents.in_scope(Scope((mail,), page=1)) == {mail}
    document = store.documents.get(inner)
    assert document is not None
    assert store.documents.in_scope(Scope((mail,)), [document.sha256]) == {mail, archive}


def test_it_is_renamed_with_it_where_it_is_named_after_it(store: Store) -> None:
    mail = accept(store, "m.eml")
    accept(store, "m.eml › b.txt", parent=mail)
    renamed = accept(store, "m.eml › c.txt", parent=mail)
    accept(store, "m.eml › d.txt")
    store.documents.rename(renamed, "Egen.txt")
    store.documents.rename(mail, "møde.eml")
    assert set(parents(store)) == {"møde.eml", "møde.eml › b.txt", "Egen.txt", "m.eml › d.txt"}


def test_what_a_file_no_longer_has_inside_goes(store: Store) -> None:
    mail = accept(store, "m.eml")
    kept, gone = (accept(store, f"m.eml › {name}", parent=mail) for name in ("b.txt", "c.txt"))
    put(store, mail, kept, gone)
    assert set(parents(store)) == {"m.eml", "m.eml › b.txt", "m.eml › c.txt"}
    store.queue.requeue([mail])
    put(store, mail, kept)
    assert parents(store) == {"m.eml": None, "m.eml › b.txt": mail}
    index_again = store.documents.put(mail, active(store).id, None, [], "da")
    assert not index_again and parents(store) == {"m.eml": None, "m.eml › b.txt": mail}


def test_a_replacement_takes_over_what_it_has_inside_as_well(store: Store) -> None:
    old = accept(store, "m.eml")
    same, gone = (accept(store, f"m.eml › {name}", parent=old) for name in ("b.txt", "c.txt"))
    put(store, old, same, gone)
    new = accept(store, "m.eml", replaces=old, data="new")
    added = accept(store, "m.eml › d.txt", parent=new)
    put(store, new, same, added)
    assert parents(store) == {"m.eml": None, "m.eml › b.txt": new, "m.eml › d.txt": new}
    assert store.documents.get(gone) is None and store.documents.get(old) is None
