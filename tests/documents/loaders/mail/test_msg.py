"""MSG: a mail from Outlook says what the same mail as EML says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import compressed_rtf
import pytest

from rag.core.errors import DamagedFile
from rag.core.types import Attached
from tests import outlook
from tests.files import read
from tests.outlook import BODY, HEADERS, HTML, RTF, SENDER, SENDER_SMTP, SENT, SUBJECT, EightBit, mail, msg

OFFER = {
    SUBJECT: "Tilbud på nyt tag",
    SENDER: "Ida Holm",
    SENDER_SMTP: "ida@example.dk",
    SENT: datetime(2024, 5, 7, 8, 12, tzinfo=UTC),
    BODY: "Hej Bo,\r\n\r\nPrisen for taget er 84.500 kr. Ærø er med.\r\n\r\nHilsen Ida\r\n",
}
TO = [("Bo Lund", "bo@example.dk", 1), ("Krogh, Eva", "eva@example.dk", 2), ("Skjult", "skjult@example.dk", 3)]
READ = (
    "Tilbud på nyt tag\n\nFra: Ida Holm <ida@example.dk>\nTil: Bo Lund <bo@example.dk>\n"
    'Cc: "Krogh, Eva" <eva@example.dk>\nDato: 7. maj 2024 kl. 08.12\n\n'
    "Hej Bo,\n\nPrisen for taget er 84.500 kr. Ærø er med.\n\nHilsen Ida"
)


def test_a_mail(tmp_path: Path) -> None:
    parsed = read(tmp_path, "a.msg", msg(OFFER, TO))
    assert parsed.pages[0].text == READ
    assert parsed.title == "Tilbud på nyt tag" and parsed.notices == () and parsed.attached == ()


def test_header_lines_as_they_came_go_first(tmp_path: Path) -> None:
    came = "From: Ida Holm <ida@firma.dk>\r\nDate: Tue, 07 May 2024 10:12:00 +0200\r\n"
    came += "To: =?utf-8?q?S=C3=B8ren?= <s@x.dk>\r\n"
    (page,) = read(tmp_path, "a.msg", msg({**OFFER, HEADERS: came}, TO)).pages
    assert "Fra: Ida Holm <ida@firma.dk>\nTil: Søren <s@x.dk>\n" in page.text
    assert "Dato: 7. maj 2024 kl. 10.12" in page.text


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_html(encoding: str, tmp_path: Path) -> None:
    table = "<table><tr><th>Vare<th>Antal<th>Pris<tr><td>Stol på hjul<td>2<td>1.200,00 kr.</table>"
    page_code = {0x3FDE: 65001 if encoding == "utf-8" else 1252}
    html = f"<html><body><p>Tak for din ordre.</p>{table}</body></html>".encode(encoding)
    (page,) = read(tmp_path, "a.msg", msg({**OFFER, BODY: "Tak for din ordre.", HTML: html, **page_code})).pages
    assert "Tak for din ordre.\n\n" in page.text
    assert page.text.endswith("Vare: Stol på hjul | Antal: 2 | Pris: 1.200,00 kr.")


@pytest.mark.parametrize("code_page", [None, 1252, 28591, 20127, 99999])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_texts_in_another_encoding_than_the_mail_says(encoding: str, code_page: int | None, tmp_path: Path) -> None:
    said = "Rør 1½ dl fløde i – ved 200 °C ± 5 °C."
    page_code = {} if code_page is None else {0x3FDE: code_page}
    html = f"<p>{said}</p>".encode(encoding)
    (page,) = read(tmp_path, "a.msg", msg({SUBJECT: "Opskrift", HTML: html, **page_code})).pages
    assert page.text.endswith(said)
    (page,) = read(
        tmp_path, "a.msg", msg({SUBJECT: "Opskrift", BODY: EightBit(said.encode(encoding)), **page_code})
    ).pages
    assert page.text.endswith(said)


def test_where_the_html_strikes_or_raises_it_is_read(tmp_path: Path) -> None:
    html = b"<p>Prisen er <s>900 kr.</s> 800 kr. for 12 m<sup>2</sup>.</p>"
    parsed = read(tmp_path, "a.msg", msg({**OFFER, BODY: "Prisen er 900 kr. 800 kr. for 12 m2.", HTML: html}))
    assert parsed.pages[0].text.endswith("Prisen er 800 kr. for 12 m².")
    assert [notice.code for notice in parsed.notices] == ["left_out_struck"]


def test_what_is_attached(tmp_path: Path) -> None:
    inner = mail(OFFER, TO, [("noter.txt", b"Stilladset er lejet.")])
    large = b"%PDF-1.7" + b"x" * 9_000
    files = [("kontrakt.pdf", large), ("Tilbud", inner), ("logo.png", b"x" * 900, "logo@1"), ("a.exe", b"MZ")]
    made = msg({**OFFER, SUBJECT: "VS: Tilbud", BODY: "Til orientering."}, TO, files)
    first, again = (read(tmp_path, "a.msg", made).attached for _ in range(2))
    assert first == again
    contract, offer, program = first
    assert contract == Attached("kontrakt.pdf", large) and program == Attached("a.exe", b"", "unknown_kind")
    assert offer.name == "Tilbud på nyt tag.eml"
    parsed = read(tmp_path, "b.eml", offer.data)
    assert parsed.pages[0].text == READ.replace("kl. 08.12", "kl. 08.12\nVedhæftet: noter.txt") and parsed.attached == (
        Attached("noter.txt", b"Stilladset er lejet."),
    )


def test_a_mail_of_rich_text_alone_brings_it_as_a_file(tmp_path: Path) -> None:
    rich = rb"{\rtf1\ansi\ansicpg1252 Prisen er 84.500 kr.}"
    made = msg({SUBJECT: "Tilbud", SENDER: "Ida Holm", RTF: compressed_rtf.compress(rich)})
    (file,) = read(tmp_path, "a.msg", made).attached
    assert file.name == "mail.rtf" and file.refused in ("", "unknown_kind")
    assert file.refused or file.data == rich


def test_quotes_are_told_apart_as_in_any_mail(tmp_path: Path) -> None:
    block = "Fra: Bo Lund\r\nSendt: 6. maj 2024 09:00\r\nTil: Ida Holm\r\nEmne: Tag"
    body = f"Tak, det passer fint.\r\n\r\n{block}\r\n\r\nHej Ida"
    (page,) = read(tmp_path, "a.msg", msg({**OFFER, BODY: body}, TO)).pages
    assert [heading.title for heading in page.headings] == ["Tilbud på nyt tag", "Citeret: Bo Lund, 6. maj 2024"]


def test_a_file_that_is_only_linked_is_named(tmp_path: Path) -> None:
    parsed = read(tmp_path, "a.msg", msg(OFFER, TO, [("i skyen.docx", None)]))
    assert parsed.attached == (Attached("i skyen.docx", b"", "missing"),)


def test_a_text_that_is_lost_is_no_empty_mail(tmp_path: Path) -> None:
    data = msg({BODY: "Prisen er 84.500 kr."})
    with pytest.raises(DamagedFile):
        read(tmp_path, "a.msg", data.replace("__substg1.0_1000001F".encode("utf-16-le"), b"x" * 40))


def test_a_container_that_is_cut_short_is_damaged(tmp_path: Path) -> None:
    data = msg(OFFER, TO)
    for end in (600, len(data) // 2):
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.msg", data[:end] + "__properties_version1.0".encode("utf-16-le"))


def test_the_maker_of_these_files_makes_large_ones_as_well(tmp_path: Path) -> None:
    made = outlook.msg({**OFFER, BODY: "Prisen er 84.500 kr. " * 5_000}, TO)
    assert read(tmp_path, "a.msg", made).pages[0].text.count("84.500") == 5_000
