"""What is said of pages, said of slides, sheets and the sections of an e-book. key: (Danish, English)."""

from __future__ import annotations

# (one, the one, several): in Danish all three nouns are neuter, and one of them looks like several
_DANISH = {"slide": ("dias", "diasset"), "sheet": ("ark", "arket"), "section": ("afsnit", "afsnittet")}

_TEXTS = {
    "ask_page": ("Spørg {one} {{page}}", "Ask {one} {{page}}"),
    "cited_pages": ("{One} med kilder", "{One}s with sources"),
    "go_to_page": ("Gå til {one}", "Go to {one}"),
    "next": ("Næste {one}", "Next {one}"),
    "no_page_text": ("{The} har ingen tekst.", "This {one} has no text."),
    "one_page": ("1 {one}", "1 {one}"),
    "only_page": ("Kun {one} {{page}}", "{One} {{page}} only"),
    "open_page_number": ("Vis {one} {{page}}", "Show {one} {{page}}"),
    "page": ("{one} {{page}}", "{one} {{page}}"),
    "page_of": ("{One} {{page}} af {{pages}}", "{One} {{page}} of {{pages}}"),
    "page_range": ("{one} {{page}}–{{last}}", "{one}s {{page}}–{{last}}"),
    "page_with_sources": ("{One} {{page}}, kilde {{numbers}}", "{One} {{page}}, source {{numbers}}"),
    "pages": ("{One}", "{One}s"),
    "pages_count": ("{{count}} {one}", "{{count}} {one}s"),
    "previous": ("Forrige {one}", "Previous {one}"),
    "short_page": ("{one} {{page}}", "{one} {{page}}"),
    "show_borders": ("Som søgningen ser {the}", "As the search sees the {one}"),
}


def _said(template: str, one: str, the: str) -> str:
    return template.format(one=one, One=one.capitalize(), the=the, The=the.capitalize())


WORDS: dict[str, tuple[str, str]] = {
    f"{key}_{unit}": (_said(danish, *_DANISH[unit]), _said(english, unit, unit))
    for unit in _DANISH
    for key, (danish, english) in _TEXTS.items()
}
