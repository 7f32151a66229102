"""Files inside a file: each is a document of its own, under the one that it was found in."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.core.i18n import say
from rag.core.types import Document, State
from rag.documents import attached_files
from rag.library import Library
from tests.conftest import FakeModels
from tests.files import mail


@pytest.fixture
def library(tmp_path: Path, models: FakeModels) -> Iterator[Library]:
    with Library.open(tmp_path / "store", work=False, models=models) as opened:
        yield opened
        assert opened.maintenance.verify().problems == ()


def with_files(subject: str, text: str, *files: tuple[str, bytes] | EmailMessage) -> EmailMessage:
    made = mail(subject)
    made.set_content(text)
    for file in files:
        if isinstance(file, EmailMessage):
            made.add_attachment(file)
        else:
            name, data = file
            made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    made.set_boundary("b" + str(abs(hash((subject, text))) % 10**9))
    return made


def add(library: Library, name: str, data: bytes | EmailMessage, *, replace: bool = False) -> Document:
    document = library.documents.add(name, data if isinstance(data, bytes) else bytes(data), replace=replace)
    library.work_until_done(lambda _: None)
    return document


def names(library: Library) -> set[str]:
    return {document.name for document in library.documents.all()}


def notices(library: Library, name: str) -> list[tuple[str, dict[str, object]]]:
    document = library.store.documents.named(name)
    assert document is not None
    return [(notice.code, dict(notice.values)) for notice in document.notices]


def found(library: Library, question: str) -> set[str]:
    return {hit.document for hit in library.search(question, meaning=False).hits}


FORWARDED = with_files("Tilbud på nyt tag", "Prisen for taget er 84.500 kr.", ("noter.txt", b"Stilladset er lejet."))


def test_a_mail_at_a_mail_and_what_is_at_that(library: Library) -> None:
    add(library, "VS.eml", with_files("VS: Tilbud", "Til orientering.", FORWARDED, ("program.exe", b"MZ")))
    inner = "VS.eml › Tilbud på nyt tag.eml"
    assert names(library) == {"VS.eml", inner, f"{inner} › noter.txt"}
    assert {document.state for document in library.documents.all()} == {State.READY}
    assert found(library, "pris") == {inner}
    assert found(library, "stilladset") == {f"{inner} › noter.txt"}
    assert notices(library, "VS.eml") == [
        ("attached_added", {"count": 1, "names": "Tilbud på nyt tag.eml"}),
        ("attached_not_added", {"names": "program.exe", "why": "unknown_kind"}),
    ]


def test_what_is_inside_goes_with_what_it_is_inside(library: Library) -> None:
    document = add(library, "VS.eml", with_files("VS: Tilbud", "Til orientering.", FORWARDED))
    library.documents.remove([document.id])
    assert names(library) == set() and found(library, "stilladset") == set()


def test_reading_again_doubles_nothing(library: Library) -> None:
    document = add(library, "VS.eml", with_files("VS: Tilbud", "Til orientering.", FORWARDED))
    before = {one.name: one.id for one in library.documents.all()}
    library.documents.reindex([document.id])
    library.work_until_done(lambda _: None)
    assert {one.name: one.id for one in library.documents.all()} == before
    assert notices(library, "VS.eml") == [("attached_added", {"count": 1, "names": "Tilbud på nyt tag.eml"})]


def test_a_replaced_mail_brings_what_is_inside_it_now(library: Library) -> None:
    same, old, new = ("fast.txt", b"Fast pris."), ("pris.txt", b"Gammel pris."), ("pris.txt", b"Ny pris.")
    add(library, "a.eml", with_files("A", "Hej med dig.", same, old, ("væk.txt", b"Forsvinder.")))
    kept = library.store.documents.named("a.eml › fast.txt")
    add(library, "a.eml", with_files("A", "Hej igen.", same, new), replace=True)
    assert names(library) == {"a.eml", "a.eml › fast.txt", "a.eml › pris.txt"}
    now = library.store.documents.named("a.eml › fast.txt")
    assert kept is not None and now is not None and now.id == kept.id
    assert found(library, "ny pris") >= {"a.eml › pris.txt"} and found(library, "gammel") == set()
    assert {one.parent for one in library.documents.all() if one.parent is not None} == {
        one.id for one in library.documents.all() if one.name == "a.eml"
    }


def test_the_same_content_is_not_added_twice(library: Library) -> None:
    add(library, "noter.txt", b"Stilladset er lejet.")
    files = ("kopi.txt", b"Stilladset er lejet."), ("b.txt", b"Andet."), ("c.txt", b"Andet.")
    add(library, "a.eml", with_files("A", "Hej med dig.", *files))
    assert names(library) == {"noter.txt", "a.eml", "a.eml › b.txt"}
    assert notices(library, "a.eml") == [
        ("attached_added", {"count": 1, "names": "b.txt"}),
        ("attached_there", {"names": "kopi.txt, c.txt"}),
    ]


def test_two_of_one_name_are_both_there(library: Library) -> None:
    add(library, "a.eml", with_files("A", "Hej med dig.", ("b.txt", b"Et."), ("b.txt", b"To."), ("b.txt", b"Tre.")))
    assert names(library) == {"a.eml", "a.eml › b.txt", "a.eml › b (2).txt", "a.eml › b (3).txt"}


def test_four_deep_is_too_deep(library: Library) -> None:
    innermost = with_files("4", "Fjerde.", ("dybt.txt", b"For dybt."))
    made = with_files("1", "Hej.", with_files("2", "Anden.", with_files("3", "Tredje.", innermost)))
    add(library, "1.eml", made)
    deepest = "1.eml › 2.eml › 3.eml › 4.eml"
    assert names(library) == {"1.eml", "1.eml › 2.eml", "1.eml › 2.eml › 3.eml", deepest}
    assert notices(library, deepest) == [("attached_not_added", {"names": "dybt.txt", "why": "too_deep"})]


def test_files_below_one_document_have_a_limit(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached_files, "MOST_BELOW", 3)
    files = [(f"{number}.txt", f"Nummer {number}.".encode()) for number in range(5)]
    document = add(library, "a.eml", with_files("A", "Hej med dig.", *files))
    assert len(names(library)) == 4
    expected = [
        ("attached_added", {"count": 3, "names": "0.txt, 1.txt, 2.txt"}),
        ("attached_not_added", {"names": "3.txt, 4.txt", "why": "too_many"}),
    ]
    assert notices(library, "a.eml") == expected
    library.documents.reindex([document.id])
    library.work_until_done(lambda _: None)
    assert notices(library, "a.eml") == expected and len(names(library)) == 4


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_there(library: Library) -> None:
    files = ("tom.txt", b""), ("falsk.pdf", b"Ingen PDF."), ("god.txt", b"God tekst.")
    add(library, "a.eml", with_files("A", "Hej med dig.", *files))
    assert names(library) == {"a.eml", "a.eml › god.txt"}
    assert notices(library, "a.eml") == [
        ("attached_added", {"count": 1, "names": "god.txt"}),
        ("attached_not_added", {"names": "tom.txt", "why": "empty"}),
        ("attached_not_added", {"names": "falsk.pdf", "why": "wrong_kind"}),
    ]


def test_stopping_a_mail_stops_what_is_inside_it(library: Library) -> None:
    document = library.documents.add("a.eml", bytes(with_files("A", "Hej med dig.", ("b.txt", b"Andet."))))
    assert library.indexer.acquire() and library.indexer.read_next()
    assert {one.state for one in library.documents.all()} == {State.FINDABLE, State.WAITING}
    library.documents.cancel([document.id])
    assert {one.state for one in library.documents.all()} == {State.STOPPED}


def test_a_renamed_mail_renames_what_is_inside_it(library: Library) -> None:
    document = add(library, "a.eml", with_files("A", "Hej med dig.", ("b.txt", b"Andet.")))
    library.documents.rename(document.id, "Tilbud")
    assert names(library) == {"Tilbud.eml", "Tilbud.eml › b.txt"}


def test_where_it_is_stopped_it_goes_on_and_nothing_is_lost(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    document = library.documents.add("a.eml", bytes(with_files("A", "Hej.", ("b.txt", b"Et."), ("c.txt", b"To."))))
    accept = library.store.documents.accept

    def stops(*arguments: object, **named: object) -> Document:
        accepted = accept(*arguments, **named)  # type: ignore[arg-type]
        library.documents.cancel()
        return accepted

    with monkeypatch.context() as patched:
        patched.setattr(library.store.documents, "accept", stops)
        patched.setattr("rag.documents.document_reader.PROGRESS_SECONDS", 0.0)
        library.work_until_done(lambda _: None)
    assert library.documents.get(document.id).state is State.STOPPED
    assert names(library) == {"a.eml", "a.eml › b.txt"}
    library.documents.reindex([one.id for one in library.documents.all()])
    library.work_until_done(lambda _: None)
    assert {one.name: one.state for one in library.documents.all()} == {
        "a.eml": State.READY,
        "a.eml › b.txt": State.READY,
        "a.eml › c.txt": State.READY,
    }


def test_files_that_are_listed_below_their_document_are_not_listed_in_its_notice() -> None:
    for language in ("da", "en"):
        assert "b.txt" not in say("attached_added", language, count=1, names="b.txt")
        assert "b.txt" in say("attached_not_added", language, names="b.txt", why="empty")
