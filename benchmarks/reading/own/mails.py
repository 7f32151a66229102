"""Mails and archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import Any

from benchmarks.reading.blocks import Paragraph, Table
from benchmarks.reading.forms.office import docx, xlsx
from benchmarks.reading.forms.outlook import compound, outlook
from benchmarks.reading.forms.web import message
from benchmarks.reading.judging import Cell, Sample
from benchmarks.reading.own.parts import PICTURE, picture

_DOCX = "vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def samples() -> Iterator[Sample]:
    yield _mail("bilag-docx-da", _with_files({"tilbud.docx": (docx((Paragraph("Vi tilbyder tagrender for 18.400 kr."),)), "application", _DOCX)}),
                ("Se vedlagte.", "Vi tilbyder tagrender for 18.400 kr."), nested=True)  # fmt: skip
    rows = Table((("Dag", "Timer"), ("Mandag", "6,5"), ("Tirsdag", "7,0")))
    yield _mail("bilag-xlsx-da", _with_files({"timer.xlsx": (xlsx((rows,)), "application", _XLSX), "note.txt": ("Husk nøglen.".encode(), "text", "plain")}),
                ("Se vedlagte.", Cell("Tirsdag", ("Timer",), "7,0"), "Husk nøglen."), nested=True)  # fmt: skip
    yield _mail(
        "videresendt-da",
        _forwarded(),
        ("Til din orientering.", "Gebyret for sen aflevering er 60 kr. pr. uge.", "bibliotek@tornved.example"),
        nested=True,
    )
    yield _mail(
        "forwarded-twice-en",
        _forwarded_twice(),
        ("Look at the bottom.", "Passing this on.", "The key is under the third pot."),
        nested=True,
    )
    yield _mail(
        "stub-en",
        _alternatives("Your mail program cannot show HTML.", "<p>The bus leaves at 6.40 from Gate 3.</p>"),
        ("The bus leaves at 6.40 from Gate 3.",),
    )
    yield _mail("to-dele-da", _two_parts(), ("Første del af beskeden.", "Anden del: mødet er flyttet til lokale 12."))
    yield _mail(
        "svar-da", _reply(), ("Vi tager fredag den 11.", "Kan I torsdag den 10.?"), whole=("Vi tager fredag den 11.",)
    )
    yield _mail("emne-da", _encoded(), ("Ændret åbningstid på Ærø", "Yrsa Møller", "Vi lukker kl. 15."))
    yield _mail("kalender-da", _calendar(), ("Byvandring med Per", "Torvet 5"))
    yield _mail(
        "picture-en",
        _with_files({"photo.png": (picture().getvalue(), "image", "png")}, "See the photo."),
        ("See the photo.",),
        noticed=(PICTURE + "|attach",),
        nested=True,
    )
    yield _mail(
        "ukendt-bilag-da",
        _with_files({"tegning.dwg": (b"AC1032\x00\x01\x02\x03" * 40, "application", "acad")}),
        ("Se vedlagte.",),
        noticed=("attach|dwg",),
        nested=True,
    )
    yield _mail(
        "flowed-en",
        _flowed(),
        ("The committee asks every member to bring a chair to the summer meeting.",),
        whole=("The committee asks every member to bring a chair to the summer meeting.",),
    )
    yield _zip("mappe-da", {"aftale.txt": b"Leje betales kvartalsvis.", "under/liste.csv": b"Navn;Plads\nPia;4\nUno;9\n", "brev.docx": docx((Paragraph("Kære naboer, hegnet males i uge 23."),))},
               ("Leje betales kvartalsvis.", Cell("Uno", ("Plads",), "9"), "hegnet males i uge 23"))  # fmt: skip
    yield _zip(
        "inner-en",
        {"outer.txt": b"Outer file.", "inner.zip": zipped({"deep.md": b"# Deep\n\nFound at the bottom.\n"})},
        ("Outer file.", "Found at the bottom."),
    )
    yield _zip(
        "program-da",
        {"læsmig.txt": b"Programmet starter selv.", "start.exe": b"MZ\x90\x00" + b"\x00" * 300},
        ("Programmet starter selv.",),
        (r"start\.exe|\.exe\b",),
    )
    yield _zip(
        "ejerfil-da", {"~$plan.docx": b"\x05Yrsa" + b" " * 150, "plan.txt": b"Planen holder."}, ("Planen holder.",)
    )
    yield from _outlook()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def _mail(
    name: str,
    mail: EmailMessage | bytes,
    must: tuple[Any, ...],
    *,
    noticed: tuple[str, ...] = (),
    whole: tuple[str, ...] = (),
    nested: bool = False,
) -> Sample:
    return Sample(
        f"eml/{name}.eml", mail if isinstance(mail, bytes) else mail.as_bytes(), must, (), noticed, whole, nested
    )


def _zip(name: str, files: Mapping[str, bytes], must: tuple[Any, ...], noticed: tuple[str, ...] = ()) -> Sample:
    return Sample(f"zip/{name}.zip", zipped(files), must, (), noticed, nested=True)


def _with_files(files: Mapping[str, tuple[bytes, str, str]], text: str = "Se vedlagte.") -> EmailMessage:
    mail = message()
    mail.set_content(text)
    for name, (data, kind, subtype) in files.items():
        mail.add_attachment(data, maintype=kind, subtype=subtype, filename=name)
    return mail


def _forwarded() -> EmailMessage:
    inner = message("Gebyrer", "Biblioteket <bibliotek@tornved.example>")
    inner.set_content("Gebyret for sen aflevering er 60 kr. pr. uge.")
    mail = message("VS: Gebyrer")
    mail.set_content("Til din orientering.")
    mail.add_attachment(inner)
    return mail


def _forwarded_twice() -> EmailMessage:
    first = message("Key", "Ruth <ruth@fen.example>")
    first.set_content("The key is under the third pot.")
    second = message("Fwd: Key", "Tom <tom@fen.example>")
    second.set_content("Passing this on.")
    second.add_attachment(first)
    third = message("Fwd: Fwd: Key")
    third.set_content("Look at the bottom.")
    third.add_attachment(second)
    return third


def _alternatives(text: str, html: str) -> EmailMessage:
    mail = message("Trip")
    mail.set_content(text)
    mail.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    return mail


def _two_parts() -> EmailMessage:
    mail = message("To dele")
    mail.set_content("Første del af beskeden.")
    mail.make_mixed()
    other = EmailMessage()
    other.set_content("Anden del: mødet er flyttet til lokale 12.", disposition="inline")
    mail.attach(other)
    return mail


def _reply() -> EmailMessage:
    mail = message("SV: Fælles arbejdsdag")
    mail.set_content(
        "Vi tager fredag den 11.\n\nHilsen Yrsa\n\nDen 1. feb. 2027 kl. 20.11 skrev Kaj Brun <kaj@nybo.example>:\n> Kan I torsdag den 10.?\n> Hilsen Kaj\n"
    )
    return mail


def _encoded() -> EmailMessage:
    mail = message("Ændret åbningstid på Ærø", "Yrsa Møller <yrsa@nybo.example>")
    mail.set_content("Vi lukker kl. 15.", charset="iso-8859-1", cte="quoted-printable")
    return mail


def _calendar() -> bytes:
    event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Byvandring med Per\r\nLOCATION:Torvet 5\r\nDTSTART:20270612T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    mail = message("Invitation")
    mail.set_content("Du er inviteret.")
    mail.add_alternative(event, subtype="calendar")
    return mail.as_bytes()


def _flowed() -> bytes:
    return (
        b"From: ruth@fen.example\r\nTo: all@fen.example\r\nSubject: Chairs\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
        b"The committee asks every \r\nmember to bring a chair to \r\nthe summer meeting.\r\n\r\nThank you.\r\n"
    )


def _outlook() -> Iterator[Sample]:
    offer = docx((Paragraph("Vi tilbyder et nyt stakit for 9.750 kr."),))
    yield Sample(
        "msg/bilag-da.msg",
        compound(outlook("Tilbud", "Tilbuddet er vedlagt.", files={"tilbud.docx": offer})),
        ("Tilbuddet er vedlagt.", "Vi tilbyder et nyt stakit for 9.750 kr."),
        nested=True,
    )
    first = outlook("Key", "The key is under the third pot.", embedded=True)
    yield Sample(
        "msg/forwarded-en.msg",
        compound(outlook("Fwd: Key", "Passing this on.", inner=first)),
        ("Passing this on.", "The key is under the third pot."),
        nested=True,
    )
    yield Sample(
        "msg/emne-da.msg",
        compound(outlook("Ændret åbningstid på Ærø", "Vi lukker kl. 15.")),
        ("Ændret åbningstid på Ærø", "Yrsa Holt", "Vi lukker kl. 15."),
    )
    drawing = {"tegning.dwg": b"AC1032\x00\x01\x02\x03" * 40}
    yield Sample(
        "msg/ukendt-bilag-da.msg",
        compound(outlook("Tegning", "Se vedlagte.", files=drawing)),
        ("Se vedlagte.",),
        noticed=("attach|dwg",),
        nested=True,
    )
