"""EML: who wrote what to whom, and what was attached."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.core.errors import DamagedFile, PasswordProtected
from rag.core.types import Attached
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
    inner.set_content("Skjult kurve i mailen.")
    made.add_attachment(inner)
    parsed = read(tmp_path, "a.eml", bytes(made))
    (page,) = parsed.pages
    assert page.text == (
        "Garanti på batteriet\n\nFra: Mette Ørsted <mette@example.dk>\nTil: Bo <bo@example.dk>, info@example.dk\n"
        "Dato: 3. maj 2026 kl. 14.05\nVedhæftet: Købekontrakt æøå.pdf, Videresendt.eml\n\n"
        "Hej Bo\n\nBatteriet er dækket i 6 måneder.\nDet gælder også på Ærø.\n\nVenlig hilsen\nMette"
    )
    assert [(h.level, h.title, h.offset) for h in page.headings] == [(1, "Garanti på batteriet", 0)]
    assert parsed.title == "Garanti på batteriet"
    contract, forwarded = parsed.attached
    assert contract == Attached("Købekontrakt æøå.pdf", b"%PDF-1.7")
    assert forwarded.name == "Videresendt.eml"
    assert text(tmp_path, forwarded.data).endswith("Dato: 3. maj 2026 kl. 14.05\n\nSkjult kurve i mailen.")


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


def test_every_text_part_is_read(tmp_path: Path) -> None:
    """Apple Mail sends the text before and behind a picture as parts of their own."""
    made = mail("Levering")
    made.set_content("Hej, se billedet:")
    made.make_mixed()
    made.add_attachment(b"\x89PNG\r\n\x1a\n", "image", "png", filename="billede.png", disposition="inline")
    behind, html = EmailMessage(), EmailMessage()
    behind.set_content("Leveringen er flyttet til 14. maj.")
    html.set_content("<p>Den koster <b>250 kr.</b></p>", subtype="html")
    made.attach(behind)
    made.attach(html)
    parsed = read(tmp_path, "a.eml", bytes(made))
    assert parsed.pages[0].text.endswith(
        "Hej, se billedet:\n\nLeveringen er flyttet til 14. maj.\n\nDen koster 250 kr."
    )
    assert [file.name for file in parsed.attached] == ["billede.png"]


@pytest.mark.parametrize(
    ("plain", "html", "expected"),
    [
        ("Dit mailprogram kan ikke vise HTML.", "<p>Mødet er kl. 9.</p>", "Mødet er kl. 9."),
        ("This message needs a client that shows HTML.", "<p>Kl. 9</p>", "Kl. 9"),
        ("Tak for din ordre.", "<p>Tak for din ordre.</p><p>I alt 5.800,00 kr.</p>", "I alt 5.800,00 kr."),
        ("Tak for din ordre. I alt 5.800,00 kr.", "<p>Tak for din ordre.</p>", "Tak for din ordre. I alt 5.800,00 kr."),
        (
            "Varer\n\nStol\n2\n1.200,00 kr.",
            "<table><tr><th>Vare<th>Antal<th>Pris<tr><td>Stol<td>2<td>1.200,00 kr.</table>",
            "Vare: Stol | Antal: 2 | Pris: 1.200,00 kr.",
        ),
        ("Prisen er 900 kr. 800 kr.", "<p>Prisen er <s>900 kr.</s> 800 kr.</p>", "Prisen er 800 kr."),
        (
            "Prisen er 900 kr. 800 kr.",
            "<p>Prisen er <span style='text-decoration:line-through'>900 kr.</span> 800 kr.</p>",
            "Prisen er 800 kr.",
        ),
        ("Haven er 640 m2.", "<p>Haven er 640 m<sup>2</sup>.</p>", "Haven er 640 m²."),
        ("M?det er p? ?r?. Hvorn?r?", "<p>Mødet er på Ærø. Hvornår?</p>", "Mødet er på Ærø. Hvornår?"),
        ("Prisen er 800 kr. Kom kl. 9.", "<p>Kom <s>kl. 8</s>.</p>", "Prisen er 800 kr. Kom kl. 9."),
    ],
)
def test_of_several_alternatives_the_richest_is_read(plain: str, html: str, expected: str, tmp_path: Path) -> None:
    made = mail("Ordre")
    made.set_content(plain)
    made.add_alternative(html, subtype="html")
    assert text(tmp_path, made).endswith(expected)


def test_a_picture_in_a_signature_is_no_attachment_and_a_large_one_is(tmp_path: Path) -> None:
    made = mail()
    made.set_content("<p>Hej<img src=cid:logo><img src=cid:skærm></p>", subtype="html")
    made.add_related(b"x" * 4_000, "image", "png", cid="<logo>", filename="logo.png")
    made.add_related(b"x" * 400_000, "image", "png", cid="<screen>", filename="skærmbillede.png")
    parsed = read(tmp_path, "a.eml", bytes(made))
    assert [file.name for file in parsed.attached] == ["skærmbillede.png"]


def test_what_cannot_be_sent_along_is_named(tmp_path: Path) -> None:
    made = mail()
    made.set_content(DANISH)
    made.add_attachment(b"MZ", "application", "octet-stream", filename="program.exe")
    made.add_attachment(b"a", "text", "plain", filename="noter.txt")
    made.add_attachment(b"x", "application", "octet-stream", filename="~$noter.docx")
    parsed = read(tmp_path, "a.eml", bytes(made))
    assert parsed.attached == (Attached("program.exe", b"", "unknown_kind"), Attached("noter.txt", b"a"))


def test_a_name_without_a_suffix_gets_that_of_its_kind(tmp_path: Path) -> None:
    made = mail()
    made.set_content(DANISH)
    made.add_attachment(b"%PDF-1.7", "application", "pdf", filename="Tilbud v. 1.2")
    made.add_attachment(b"%PDF-1.7 2", "application", "pdf")
    made.add_attachment("Fejl kl. 9", filename="drift.log")
    assert [file.name for file in read(tmp_path, "a.eml", bytes(made)).attached] == [
        "Tilbud v. 1.2.pdf",
        "PDF.pdf",
        "drift.log.txt",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_header_lines_beyond_ascii(encoding: str, tmp_path: Path) -> None:
    made = (
        "From: Søren Ærø <s@example.dk>\r\nSubject: Tilbud på grød\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        '--b\r\n\r\nHej med dig\r\n--b\r\nContent-Disposition: attachment; filename="Købekontrakt.txt"\r\n\r\nJa.\r\n'
        "--b--\r\n"
    )
    parsed = read(tmp_path, "a.eml", made.encode(encoding))
    assert parsed.title == "Tilbud på grød" and "Fra: Søren Ærø <s@example.dk>" in parsed.pages[0].text
    assert [file.name for file in parsed.attached] == ["Købekontrakt.txt"]


def test_a_large_attachment_stays_within_the_limits(tmp_path: Path) -> None:
    made = mail()
    made.set_content(DANISH)
    made.add_attachment(b"%PDF-1.7" + b"x" * (70 << 20), "application", "pdf", filename="stor.pdf")
    made.add_attachment(b"%PDF-1.7" + b"y" * (2 << 20), "application", "pdf", filename="b.pdf")
    assert [len(file.data) >> 20 for file in read(tmp_path, "a.eml", bytes(made)).attached] == [70, 2]


def test_a_mail_in_a_mail_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """Its header lines too, whatever is wrong with them: its hash must be the same at each reading."""
    inner = "From: <<@>\r\nSubject: =?utf-8?q?Gr=C3=B8d?=\r\nX: \xe6\r\n\r\nPrisen er 84.500 kr.\r\n".encode("latin-1")
    outer = b"From: a@example.dk\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHej\r\n--b\r\n"
    made = outer + b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    (first,), (again,) = (read(tmp_path, "a.eml", made).attached for _ in range(2))
    assert first == again and first.name == "Grød.eml"
    assert text(tmp_path, first.data).endswith("Prisen er 84.500 kr.")


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


def test_what_is_struck_out_in_a_mails_html_is_said(tmp_path: Path) -> None:
    made = mail("Pris")
    made.set_content("<p>Prisen er <s>900 kr.</s> 1.250<sup>1</sup> kr.</p>", subtype="html")
    parsed = read(tmp_path, "a.eml", bytes(made))
    assert "Prisen er 1.250" in parsed.pages[0].text and "1.2501" not in parsed.pages[0].text
    assert "900" not in parsed.pages[0].text
    assert [notice.code for notice in parsed.notices] == ["left_out_struck"]


EVENT = "SUMMARY:Byvandring med Per\r\nLOCATION:Torvet 5\\, gården\r\n"


def calendar(event: str, method: str = "REQUEST") -> str:
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def invitation(event: str, method: str = "REQUEST") -> EmailMessage:
    made = mail("Invitation")
    made.set_content("Du er inviteret. Vi mødes ved porten.")
    made.add_alternative(calendar(event, method), subtype="calendar")
    return made


def test_an_invitation_says_what_where_when_and_who(tmp_path: Path) -> None:
    event = EVENT + "DTSTART;TZID=Europe/Copenhagen:20270612T100000\r\nDTEND;TZID=Europe/Copenhagen:20270612T113000\r\n"
    event += "ORGANIZER;CN=Per Bo:mailto:per@example.dk\r\nATTENDEE;CN=Ida:mailto:ida@example.dk\r\n"
    event += "ATTENDEE:mailto:bo@example.dk\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nDESCRIPTION:Tag sko på.\\nHusk vand.\r\n"
    made = invitation(event)
    made.make_mixed()
    made.add_attachment(calendar(event).encode(), "application", "ics", filename="invite.ics")
    parsed = read(tmp_path, "a.eml", bytes(made))
    assert parsed.pages[0].text.endswith(
        "\n\nMøde: Byvandring med Per\nSted: Torvet 5, gården\nTid: 12. juni 2027 kl. 10.00 – 11.30\n"
        "Gentages: hver uge (COUNT=4)\nIndkalder: Per Bo <per@example.dk>\n"
        "Deltagere: Ida <ida@example.dk>, bo@example.dk\nBeskrivelse: Tag sko på. Husk vand.\n\n"
        "Du er inviteret. Vi mødes ved porten."
    )
    assert parsed.attached == ()


@pytest.mark.parametrize(
    ("event", "method", "line"),
    [
        ("DTSTART:20270612T100000Z\r\n", "REQUEST", "Tid: 12. juni 2027 kl. 10.00 UTC"),
        (
            "DTSTART;VALUE=DATE:20270612\r\nDTEND;VALUE=DATE:20270615\r\n",
            "REQUEST",
            "Tid: 12. juni 2027 – 14. juni 2027",
        ),
        ("DTSTART;VALUE=DATE:20270612\r\nDTEND;VALUE=DATE:20270613\r\n", "REQUEST", "Tid: 12. juni 2027"),
        ("DTSTART:20270612T100000\r\nDURATION:PT90M\r\n", "REQUEST", "Tid: 12. juni 2027 kl. 10.00 – 11.30"),
        ("DTSTART:20270612T100000\r\n", "CANCEL", "Status: aflyst"),
        ("DESCRIPTION:Vi mødes ved porten.\r\nDTSTART:i morgen\r\n", "REQUEST", "Tid: i morgen"),
        ("DTSTART:99991231T100000\r\nDURATION:P9999D\r\n", "REQUEST", "Tid: 31. december 9999 kl. 10.00"),
    ],
)
def test_times_and_states_of_an_invitation(event: str, method: str, line: str, tmp_path: Path) -> None:
    said = text(tmp_path, invitation(EVENT + event, method))
    assert line in said.splitlines() and said.count("Vi mødes ved porten.") == 1


def test_a_calendar_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    made = mail()
    made.set_content(DANISH)
    made.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="invite.ics")
    assert read(tmp_path, "a.eml", bytes(made)).attached == (Attached("invite.ics", b"", "unknown_kind"),)


def test_parts_behind_an_end_that_came_too_early(tmp_path: Path) -> None:
    """Outlook Express gave a part and the parts inside it the same boundary."""
    inner = b'--x\nContent-Type: multipart/alternative; boundary="x"\n\n\n--x\n\nTeksten er her.\n\n--x--\n\n'
    end = b"--x\nContent-Type: text/plain; name=pris.txt\nContent-Disposition: attachment\n\nPrisen er 800 kr.\n--x--\n"
    parsed = read(tmp_path, "a.eml", b'Subject: Pris\nContent-Type: multipart/mixed; boundary="x"\n\n' + inner + end)
    assert parsed.pages[0].text.endswith("Teksten er her.")
    assert parsed.attached == (Attached("pris.txt", b"Prisen er 800 kr."),)
