"""A mail's own text and what it quotes, in the forms of the mail programs that people have."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.types import Page
from tests.files import mail, read

OWN = "Tak, det passer fint. Vi ses på torsdag."
OLD = "Mødet er flyttet til den 14. maj kl. 9."


def page(folder: Path, body: str, *, subtype: str = "plain", **parameters: str) -> Page:
    made = mail("SV: Møde")
    made.set_content(body, subtype=subtype)
    for name, value in parameters.items():
        made.set_param(name, value)
    (found,) = read(folder, "a.eml", bytes(made)).pages
    return found


def sections(found: Page) -> dict[str, str]:
    """The text below each heading."""
    ends = [*(heading.offset for heading in found.headings[1:]), len(found.text)]
    return {
        heading.title: found.text[heading.offset + len(heading.title) : end].strip()
        for heading, end in zip(found.headings, ends, strict=True)
    }


@pytest.mark.parametrize(
    ("before", "heading"),
    [
        ("Den tir. 7. maj 2024 kl. 10.12 skrev Ida Holm <ida@example.dk>:", "Citeret: Ida Holm, 7. maj 2024"),
        ("tir. 7. maj 2024 kl. 10.12 skrev Ida Holm <ida@example.dk>:", "Citeret: Ida Holm, 7. maj 2024"),
        ("Den 7. maj 2024 kl. 10.12 skrev Ida Holm <\nida@example.dk>:", "Citeret: Ida Holm, 7. maj 2024"),
        ("Den 07-05-2024 kl. 10:12 skrev Ida Holm:", "Citeret: Ida Holm, 07-05-2024"),
        ("Den 07.05.2024 10:12, skrev Ida Holm:", "Citeret: Ida Holm, 07.05.2024"),
        ("7. mai 2024 kl. 10:12 skrev Ida Holm <ida@example.no>:", "Citeret: Ida Holm, 7. mai 2024"),
        ("On Tue, May 7, 2024 at 10:12 AM Ida Holm <ida@example.dk> wrote:", "Citeret: Ida Holm, May 7, 2024"),
        ("On 7 May 2024, at 10:12, Ida Holm <ida@example.dk> wrote:", "Citeret: Ida Holm, 7 May 2024"),
        ("Ida Holm <ida@example.dk> skrev den 7. maj 2024 kl. 10.12:", "Citeret: Ida Holm, 7. maj 2024"),
        ("Den tors 2 maj 2024 kl 10:12 skrev Ida Holm <ida@example.se>:", "Citeret: Ida Holm, 2 maj 2024"),
    ],
)
@pytest.mark.parametrize("mark", ["> ", ">", ""])
def test_lines_that_name_a_writer(before: str, heading: str, mark: str, tmp_path: Path) -> None:
    found = sections(page(tmp_path, f"{OWN}\n\n{before}\n\n{mark}Hej Bo\n{mark}\n{mark}{OLD}\n"))
    assert list(found) == ["SV: Møde", heading]
    assert found["SV: Møde"].endswith(OWN) and OLD not in found["SV: Møde"]
    assert found[heading].endswith(f"Hej Bo\n\n{OLD}") and found[heading].startswith("Fra: Ida Holm")


DANISH = "Fra: Ida Holm <ida@example.dk>\nSendt: 7. maj 2024 10:12\nTil: Bo Lund <bo@example.dk>\nEmne: Møde"
NORWEGIAN = "Fra: Ida Holm <ida@example.no>\nSendt: tirsdag 7. mai 2024 10:12\nTil: Bo Lund\nKopi: Per\nEmne: Møte"
ENGLISH = (
    "From: Ida Holm <ida@example.dk>\nDate: Tuesday, 7 May 2024 at 10.12\nTo: Bo Lund <bo@example.dk>\nSubject: Meeting"
)
FOLDED = "Fra: Ida Holm\nSendt: 7. maj 2024 10:12\nTil: Bo Lund; Per Holm;\nMia Lund\nEmne: Møde"


@pytest.mark.parametrize(
    ("block", "day"),
    [(DANISH, "7. maj 2024"), (NORWEGIAN, "7. mai 2024"), (ENGLISH, "7 May 2024"), (FOLDED, "7. maj 2024")],
)
@pytest.mark.parametrize(
    "above",
    [
        "", "-----Oprindelig meddelelse-----\n", "-----Opprinnelig melding-----\n", "-----Original Message-----\n",
        "________________________________\n", "---------- Forwarded message ---------\n",
        "---------- Videresendt besked ---------\n", "Begin forwarded message:\n\n", "Start på videresendt besked:\n\n",
    ],
)  # fmt: skip
def test_header_lines_of_a_quoted_mail(block: str, day: str, above: str, tmp_path: Path) -> None:
    found = sections(page(tmp_path, f"{OWN}\n\n{above}{block}\n\nHej Bo\n\n{OLD}\n"))
    heading = f"Citeret: Ida Holm, {day}"
    assert list(found) == ["SV: Møde", heading]
    assert found["SV: Møde"].endswith(OWN)
    assert found[heading] == f"{block}\n\nHej Bo\n\n{OLD}"


def test_replies_between_the_lines_of_a_quote(tmp_path: Path) -> None:
    body = "Den 7. maj 2024 kl. 10.12 skrev Ida Holm:\n> Hvornår kommer I?\n\nDen 14. maj.\n\n> Hvor mange?\n\nSeks."
    found = page(tmp_path, body)
    titles = ["Citeret: Ida Holm, 7. maj 2024", "Svar: Mette Ørsted"] * 2
    assert [heading.title for heading in found.headings] == ["SV: Møde", *titles]
    assert found.text.endswith(
        "Hvornår kommer I?\n\nSvar: Mette Ørsted\n\nDen 14. maj.\n\n"
        "Citeret: Ida Holm, 7. maj 2024\n\nHvor mange?\n\nSvar: Mette Ørsted\n\nSeks."
    )


def test_a_quote_in_a_quote(tmp_path: Path) -> None:
    body = (
        f"{OWN}\n\nDen 8. maj 2024 kl. 9.00 skrev Bo Lund:\n> Kan du komme?\n>\n"
        f"> Den 7. maj 2024 kl. 10.12 skrev Ida Holm:\n>> {OLD}\n> Hilsen Bo\n"
    )
    found = sections(page(tmp_path, body))
    assert found["Citeret: Ida Holm, 7. maj 2024"].endswith(OLD)
    assert found["SV: Møde"].endswith(OWN)
    assert "Hilsen Bo" in found["Citeret: Bo Lund, 8. maj 2024"]


@pytest.mark.parametrize("line", ["Ida Holm <ida@example.dk> skrev:", "Ida Holm wrote:", "Ida Holm skrev følgende:"])
def test_a_line_that_names_a_writer_without_a_date(line: str, tmp_path: Path) -> None:
    found = sections(page(tmp_path, f"{OWN}\n\n{line}\n> {OLD}\n"))
    assert list(found) == ["SV: Møde", "Citeret: Ida Holm"] and found["Citeret: Ida Holm"].endswith(OLD)


def test_a_quote_that_names_nobody(tmp_path: Path) -> None:
    found = sections(page(tmp_path, f"> {OLD}\n\n{OWN}"))
    assert found["Citeret"] == OLD and found["Svar: Mette Ørsted"] == OWN


def test_headings_are_in_the_language_of_the_mail(tmp_path: Path) -> None:
    body = "Thank you, that is fine for all of us.\n\nOn 7 May 2024, at 10:12, Ida Holm wrote:\n\n> It is on the 14th."
    assert sections(page(tmp_path, body))["Quoted: Ida Holm, 7 May 2024"].endswith("It is on the 14th.")


GMAIL = (
    f'<div dir="ltr">{OWN}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Den tir. 7. maj 2024 '
    'kl. 10.12 skrev Ida Holm &lt;<a href="mailto:ida@example.dk">ida@example.dk</a>&gt;:<br></div>'
    f'<blockquote class="gmail_quote" style="margin:0"><div>Hej Bo</div><div>{OLD}</div></blockquote></div>'
)
OUTLOOK_WEB = (
    f'<div>{OWN}</div><hr><div id="divRplyFwdMsg" dir="ltr"><font><b>Fra:</b> Ida Holm &lt;ida@example.dk&gt;<br>'
    "<b>Sendt:</b> 7. maj 2024 10:12<br><b>Til:</b> Bo Lund<br><b>Emne:</b> Møde</font><div>&nbsp;</div></div>"
    f"<div>Hej Bo</div><div>{OLD}</div>"
)
OUTLOOK = (
    f'<p class="MsoNormal">{OWN}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">'
    "<b>Fra:</b> Ida Holm &lt;ida@example.dk&gt; <br><b>Sendt:</b> 7. maj 2024 10:12<br><b>Til:</b> Bo Lund<br>"
    f'<b>Emne:</b> Møde</p></div><p class="MsoNormal">Hej Bo</p><p class="MsoNormal">{OLD}</p>'
)
APPLE = (
    f"<div>{OWN}</div><br><div><blockquote type='cite'><div>Den 7. maj 2024 kl. 10.12 skrev Ida Holm "
    f"&lt;ida@example.dk&gt;:</div><br><div>Hej Bo</div><div>{OLD}</div></blockquote></div>"
)
THUNDERBIRD = (
    f'<p>{OWN}</p><div class="moz-cite-prefix">Den 07.05.2024 10:12, skrev Ida Holm:<br></div>'
    f'<blockquote type="cite" cite="mid:1@example.dk"><p>Hej Bo</p><p>{OLD}</p></blockquote>'
)


@pytest.mark.parametrize("html", [GMAIL, OUTLOOK_WEB, OUTLOOK, APPLE, THUNDERBIRD])
def test_quotes_in_html(html: str, tmp_path: Path) -> None:
    found = sections(page(tmp_path, f"<html><body>{html}</body></html>", subtype="html"))
    own, quoted = found["SV: Møde"], next(text for name, text in found.items() if name.startswith("Citeret: Ida Holm"))
    assert own.endswith(OWN)
    assert "Hej Bo" in quoted and quoted.endswith(OLD)
    assert [name for name in found if name not in ("SV: Møde", "Citeret")] == [
        "Citeret: Ida Holm, 07.05.2024" if html is THUNDERBIRD else "Citeret: Ida Holm, 7. maj 2024"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "Hej\n\nDen 14. maj skrev vi til dem:\n\nVi kommer.",
        "Fra: Ringsted\nTil: Næstved\n\nTurene er dyre.",
        "Det koster:\n\n- 5 kr.\n- 7 kr.",
        "Vi mødes kl. 10.12. Han skrev: ja.",
    ],
)
def test_what_is_no_quote(body: str, tmp_path: Path) -> None:
    found = page(tmp_path, body)
    assert [heading.title for heading in found.headings] == ["SV: Møde"]
    assert found.text.endswith(body.rsplit("\n", 1)[-1])


def test_lines_that_go_on(tmp_path: Path) -> None:
    """Lines that are broken for the screen alone are one line (RFC 3676)."""
    found = page(tmp_path, "Prisen er \n1.250 kr. \ni alt.\n-- \nMette\n", format="flowed")
    assert "Prisen er 1.250 kr. i alt.\n--\nMette" in found.text
