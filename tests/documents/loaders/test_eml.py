"""EML: who wrote what to whom, and what was attached."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.core.errors import DamagedFile, PasswordProtected
from rag.core.types import Notice
from tests.files import mail, read

DANISH = "Hej Bo\n\nBatteriet er dækket i 6 måneder.\nDet gælder også på Ærø.\n\nVenlig hilsen\nMette"


def text(folder: Path, made: EmailMessage | bytes) -> str:
    (page,) = read(folder, "a.eml", made if isinstance(made, bytes) else bytes(made)).pages
    return page.text


def test_a_mail(tmp_path: Path) -> None:
    made = mail()
    made.set_content(DANISH)
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Købekontrakt æøå.pdf")
    inner = mail("Videresendt")
    inner.set_content("Skjult")
    made.add_attachment(inner)
    parsed = read(tmp_path, "a.eml", bytes(made))
    (page,) = parsed.pages
    assert page.text == (
        "Garanti på batteriet\n\nFra: Mette Ørsted <mette@example.dk>\nTil: Bo <bo@example.dk>, info@example.dk\n"
        "Dato: 3. maj 2026 kl. 14.05\nVedhæftet: Købekontrakt æøå.pdf, Videresendt\n\n"
        "Hej Bo\n\nBatteriet er dækket i 6 måneder.\nDet gælder også på Ærø.\n\nVenlig hilsen\nMette"
    )
    assert [(h.level, h.title, h.offset) for h in page.headings] == [(1, "Garanti på batteriet", 0)]
    assert parsed.title == "Garanti på batteriet"
    assert parsed.notices == (Notice("attachments_not_read", {"names": "Købekontrakt æøå.pdf, Videresendt"}),)


def test_html_where_there_is_no_text(tmp_path: Path) -> None:
    made = mail()
    made.set_content(
        "<html><body><h2>Sådan</h2><p>Batteriet er <b>dækket</b>.</p><script>x</script></body></html>", subtype="html"
    )
    (page,) = read(tmp_path, "a.eml", bytes(made)).pages
    assert page.text.endswith("Sådan\n\nBatteriet er dækket.")
    assert [(h.level, h.title) for h in page.headings] == [(1, "Garanti på batteriet"), (3, "Sådan")]
    assert page.text.startswith("Sådan", page.headings[1].offset)


def test_text_goes_before_html_and_pictures_in_it_are_no_attachments(tmp_path: Path) -> None:
    made = mail()
    made.set_content(DANISH)
    made.add_alternative("<p>HTML<img src=cid:a></p>", subtype="html")
    made.get_payload()[1].add_related(b"x", "image", "png", cid="<a>")  # type: ignore[union-attr, index]
    parsed = read(tmp_path, "a.eml", bytes(made))
    assert "HTML" not in parsed.pages[0].text and parsed.notices == ()


def test_an_english_mail_has_english_labels(tmp_path: Path) -> None:
    made = mail("The warranty")
    made.set_content("The battery is covered for six months from the date of purchase.")
    assert "From: Mette Ørsted <mette@example.dk>" in text(tmp_path, made)
    assert "Date: 3 May 2026, 14:05" in text(tmp_path, made)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Subject: =?iso-8859-1?q?Gr=F8d?=\r\nContent-Type: text/plain; charset=iso-8859-1", "Grød".encode("latin-1")),
        ("Subject: =?utf-8?b?R3LDuGQ=?=\r\nContent-Type: text/plain; charset=findes-ikke", "Grød".encode()),
        ("Subject: =?utf-8?b?R3LDuGQ=?=\r\nContent-Type: text/plain", "Grød".encode("cp1252")),
        ("Subject: =?utf-8?q?Gr=C3=B8d?=\r\nDate: i går\r\nFrom: <<@>", "Grød".encode()),
    ],
)
def test_encodings_and_headers_that_lie(tmp_path: Path, headers: str, body: bytes) -> None:
    found = text(tmp_path, b"To: bo@example.dk\r\n" + headers.encode() + b"\r\n\r\n" + body + b"\r\n")
    assert found.startswith("Grød\n\n") and found.endswith("\n\nGrød")


def test_those_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        read(tmp_path, "a.eml", b"Bare en tekst uden hoved.\n\nIkke en mail.")
    secret = b"From: a@example.dk\r\nSubject: x\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nMIIB\r\n"
    with pytest.raises(PasswordProtected):
        read(tmp_path, "a.eml", secret)


def test_parts_within_parts_without_end(tmp_path: Path) -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(2_000))
    with pytest.raises(DamagedFile):
        read(tmp_path, "a.eml", b"From: a@example.dk\r\n" + deep)
