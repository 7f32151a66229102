"""Web pages and e-books with what a plain text does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from benchmarks.reading.contents import STRUCK
from benchmarks.reading.forms.web import book, page
from benchmarks.reading.judging import Cell, Form, Sample, marked, pair, raised
from benchmarks.reading.own.parts import FILING, PICTURE, picture

_MATH = 'xmlns="http://www.w3.org/1998/Math/MathML"'
FRACTION = f"<math {_MATH}><mfrac><mn>7</mn><mn>12</mn></mfrac></math>"
POWER = f"<math {_MATH}><msup><mi>d</mi><mn>4</mn></msup></math>"
ROOT = f"<math {_MATH}><msqrt><mn>49</mn></msqrt></math>"
OF_MATH = (
    Form("7/12 time", re.compile(r"(?:7|\(7\)) ?[/⁄∕÷] ?\(?12\)? time|frac\{7\}\{12\}")),
    raised("d", "4"),
    Form("√49", re.compile(r"√ ?\(?49|sqrt ?[({]49")),
)
MATH = f"<p>Det tager {FRACTION} time.</p><p>Bæreevnen vokser med {POWER}, og siden er {ROOT} m.</p>"


def samples() -> Iterator[Sample]:
    yield _sample("faq-knap-da", '<h1>Spørgsmål</h1><h3><button aria-expanded="false">Må jeg have hund?</button></h3><div hidden><p>Ja, højst én hund på 15 kg.</p></div>'
                  '<h3><button>Hvad koster vask?</button></h3><div style="display:none"><p>Vask koster 22 kr. pr. gang.</p></div>',
                  ("Må jeg have hund?", "Ja, højst én hund på 15 kg.", "Vask koster 22 kr. pr. gang."))  # fmt: skip
    yield _sample("details-en", "<details><summary>When is the pool open?</summary><p>Daily from 7 to 19.</p></details><details><summary>Towels?</summary><p>Bring your own.</p></details>",
                  ("When is the pool open?", "Daily from 7 to 19.", "Bring your own."))  # fmt: skip
    yield _sample(
        "only-buttons-en",
        "<button>Can I park here?</button><div><p>Yes, for two hours.</p></div>",
        ("Can I park here?", "Yes, for two hours."),
    )
    yield _sample("formel-da", MATH, OF_MATH, ("712 time",))
    yield _sample("note-en", '<p>The grant is 6,450<sup><a href="#n1" id="r1">1</a></sup> pounds.</p><aside><p id="n1"><a href="#r1">1</a> Paid in two parts.</p></aside>',
                  (marked("6,450", "1", " pounds"), "Paid in two parts."), ("6,4501",))  # fmt: skip
    yield _sample("slettet-da", "<p>Mødet er <del>tirsdag</del> <ins>onsdag</ins>.</p><p><s>Salen er optaget.</s></p><p style='text-decoration:line-through'>Lukket i juli.</p><p>Velkommen.</p>",
                  ("Mødet er onsdag", "Velkommen."), ("tirsdag", "Salen er optaget", "Lukket i juli"), (STRUCK,))  # fmt: skip
    yield _sample("alt-en", '<p>Our office.</p><img src="map.png" alt="Map: the office is behind the station"><figure><img src="a.png" alt=""><figcaption>Staff in 2026</figcaption></figure>',
                  ("Map: the office is behind the station", "Staff in 2026"))  # fmt: skip
    yield _sample("formular-da", '<form><label>Navn <input value="Gerda Juhl"></label><label>Telefon <input placeholder="Skriv dit nummer"></label></form><p>Send formularen.</p>',
                  ("Send formularen.",), ("Telefon Skriv dit nummer",))  # fmt: skip
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in FILING)
    yield _sample("filing-en", f"<h2>Statements of income</h2><table>{rows}</table>", (
        Form("$ 5,112", re.compile(r"\$[ |]*5,112")), Form("(318)", re.compile(r"\([ |]*318[ |]*\)")), Form("$ 4,870", re.compile(r"\$[ |]*4,870")),
        Form("Cost of sales … 2026: 2,204", re.compile(r"Cost of sales[ |]*(?:2026: ?)?2,204"))),
        (re.compile(r"\$: |Revenue: |318 \)"),))  # fmt: skip
    yield _sample("raekker-da", "<table><tr><th>Region</th><th>By</th><th>Butikker</th></tr><tr><td rowspan=2>Fyn</td><td>Odense</td><td>14</td></tr><tr><td>Svendborg</td><td>3</td></tr></table>",
                  (Cell("Odense", ("Butikker",), "14"), Cell("Svendborg", ("Butikker",), "3")), (re.compile("By: 3"),))  # fmt: skip
    yield _sample("side-headers-en", "<table><tr><td></td><th scope=col>2026</th><th scope=col>2027</th></tr><tr><th scope=row>Members</th><td>212</td><td>230</td></tr><tr><th scope=row>Boats</th><td>41</td><td>44</td></tr></table>",
                  (Cell("Members", ("2027",), "230"), Cell("Boats", ("2026",), "41")))  # fmt: skip
    yield _sample("skjult-da", "<p>Prisen er 75 kr.</p><div style='display:none'>intern kode QX-11</div><template><p>skabelon</p></template><script>var x='kodelinje';</script>",
                  ("Prisen er 75 kr.",), ("kodelinje", "skabelon"))  # fmt: skip
    yield _sample(
        "definitions-en",
        "<dl><dt>Notice</dt><dd>Three months.</dd><dt>Deposit</dt><dd>Two rents.</dd></dl>",
        (pair("Notice", "Three months."), pair("Deposit", "Two rents.")),
    )
    yield _sample(
        "svg-da",
        '<p>Planen:</p><svg width="200" height="50"><text x="5" y="20">Nødudgang mod gården</text></svg>',
        ("Nødudgang mod gården",),
    )
    yield _sample(
        "brud-en",
        "<p>Total: 4<br>Left: 2</p><p>Ta<wbr>ble 9</p><p>10&nbsp;000&nbsp;kr.</p>",
        ("Total: 4 Left: 2", "Table 9", "10 000 kr."),
        ("42",),
    )
    yield _sample("canvas-en", "<p>Sales in May.</p><canvas></canvas><object data='report.swf'></object><iframe src='x.html'></iframe><video src='a.mp4'></video>",
                  ("Sales in May.",))  # fmt: skip
    yield _book("noter-da", '<p>Broen er 118<a epub:type="noteref" href="#f1" xmlns:epub="http://www.idpf.org/2007/ops"><sup>1</sup></a> m lang.</p><aside epub:type="footnote" id="f1" '
                'xmlns:epub="http://www.idpf.org/2007/ops"><p>1. Målt i 1931.</p></aside>', (marked("118", "1", " m lang"), "Målt i 1931."), ("1181",))  # fmt: skip
    yield _book("formel-da", MATH, OF_MATH, ("712 time",))
    yield _book(
        "billede-en",
        '<p>Plate 4.</p><img src="a.png" alt="The bridge seen from the north"/>',
        ("The bridge seen from the north",),
        extra={"a.png": picture().getvalue()},
    )
    yield _book(
        "picture-en",
        '<p>Plate 5.</p><img src="a.png"/>',
        ("Plate 5.",),
        noticed=(PICTURE,),
        extra={"a.png": picture().getvalue()},
    )


def _sample(
    name: str, inside: str, must: tuple[Any, ...], must_not: tuple[Any, ...] = (), noticed: tuple[str, ...] = ()
) -> Sample:
    return Sample(f"html/{name}.html", page(inside, "Side"), must, must_not, noticed)


def _book(
    name: str,
    inside: str,
    must: tuple[Any, ...],
    must_not: tuple[Any, ...] = (),
    noticed: tuple[str, ...] = (),
    extra: Any = None,
) -> Sample:
    return Sample(
        f"epub/{name}.epub",
        book({"et": "<h1>Broen</h1>" + inside, "to": "<h1>Efterord</h1><p>Trykt i Ribe.</p>"}, extra),
        (*must, "Trykt i Ribe."),
        must_not,
        noticed,
    )
