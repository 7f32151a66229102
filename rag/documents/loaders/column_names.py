"""Words that the columns of lists are called by, in Danish and English, where nothing else tells a header from data."""

import re

_NAMES = frozenset(
    """
    adresse afdeling aktiv aktivitet alder ansvarlig antal areal art artikel barn bemærkning bemærkninger beløb
    beskrivelse betegnelse by bydel bynavn cpr cvr dag dato dagsorden deltager efternavn ejer email e-mail emne enhed
    fag farve firma forfatter format formål fornavn fra frist gade gruppe handling id indhold initialer interval job
    kategori klasse kode kolonne kommentar kommune kontakt kontaktperson krav kunde kvartal køn land leder leverandør
    løn mail model moms motto måned mærke mål navn nr nummer note noter område opgave ordre person placering post
    postnr postnummer pris prioritet produkt projekt rabat region resultat retning rolle rum række salg sag score side
    skole slut sprog spørgsmål start status sted stilling svar system sum tekst tid tidspunkt til tilstand titel tlf
    telefon total tovholder type udløb uge undertitel url vare varenavn varighed vej version virksomhed vægt værdi år
    account active address age amount answer area author birthday brand category city class client code color colour
    comment comments company contact content country currency customer date day deadline department description
    district document due duration employee end field firstname format from gender group height host hours index item
    job key kind label language lastname length level location manager manufacturer member message month name notes
    number order owner parent phone place point position price priority product project quantity question rate rating
    reason reference result role room row sale sales section severity sex size source state street subject supplier
    surname tag task team text time title to topic unit user username value vendor website week weight width year zip
    """.split()  # noqa: SIM905 - one word a line would hide that it is a list
)
_ENDINGS = ("navn", "nummer", "nr", "dato", "pris", "kode", "type", "tekst", "beløb", "adresse", "gruppe", "kategori",
            "tal", "tid", "ansvarlig", "leder", "sted", "id")  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_MAX_WORDS = 4


def is_column_name(text: str) -> bool:
    """Whether a cell is such a word, or ends in one: "Navn", "Kundens navn", "order_date", "Startdato"."""
    parts = _WORD.findall(re.sub(r"(?<=[a-zæøå])(?=[A-ZÆØÅ])", " ", text).replace("_", " "))
    if not parts or len(parts) > _MAX_WORDS:
        return False
    last = parts[-1].casefold()
    return last in _NAMES or any(last.endswith(ending) and len(last) > len(ending) + 2 for ending in _ENDINGS[:-1])
