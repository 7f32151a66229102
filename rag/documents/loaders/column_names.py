"""Words that name columns and fields in Danish and English, by which a header is told from a first row of data."""

import re

_IN_DANISH = """
adresse afdeling afregning afsender aftale aktivitet aktør alder andel ansvar ansvarlig antal areal art artikel
bedrift begreb begrundelse behov beløb bemærkning beskrivelse bestilling betaling betegnelse betingelse betydning
bidrag bilag bolig bredde bruger budget by bydel bygning cpr cvr dag dato deadline definition deltager dimension
dokument dybde dækning effekt efternavn egenskab ejer eksempel emne energi enhed etage fag faktor farve fase fejl felt
filter firma flade forbehold forbrug forening forfald forfatter forklaring formål fornavn forskel forudsætning fra
fravær frekvens frist funktion fødselsdag født garanti gebyr grund gruppe hastighed hovedstad hændelse højde id
indhold indkomst indsats interval investering job kanal kapacitet kapitel kategori klasse klokkeslæt kode kolonne
kommentar kommune konsekvens kontakt kontaktperson kontering konto kontor kostpris krav kriterium kunde køber køn
lager land leder ledig leverance leverandør levering lokale lokation længde løn løsning mail maksimum maskine
materiale medarbejder medlem metode milepæl minimum mobil model modtager moms mål måned mængde mærke navn niveau note
nr nummer næste omkostning område omsætning opgave oprindelse opsigelse ordre organisation overskrift overskud
parameter part parti periode person placering plads post postnr postnummer prioritet pris procent proces produkt
program projekt pulje punkt rabat rang rapport referat regel region rente resultat resume risiko rolle rum rækkefølge
sag sagsnummer salg sats segment selskab serie sikkerhed skole slut sprog spørgsmål stand start station status sted
stilling stk størrelse sum svar system sælger tal tekst telefon tema temperatur tid tidspunkt tilbud tilstand titel
tlf todo toldsats total tyngde type udbyder uddannelse udgave udgift udløb uge ugedag underskud vare varenavn varighed
vej vejledning vending version virksomhed volumen vægt værdi ydelse år årsag årstal ønske
"""
_IN_ENGLISH = """
account action active activity address age agenda amount answer area assignee author balance category city class
client code color colour comment company condition contact cost count country currency customer date day deadline
definition department depth description detail dimension discount document due duration effect email employee end
event example explanation feature fee field file first from function gender goal group height hours id impact income
industry item job key kind language last length level limit line link list location manager margin material meaning
member method metric milestone mobile model month name notes number office option order organisation organization
owner parameter party payment percent percentage period person phone place population position premium price priority
process product profit program project property purpose quantity quarter question rank rate reason region remark
remarks requirement result revenue role room row rule salary sales score section segment series service share size
source stage start state status step street subject subtotal sum supplier system target task tax team telephone term
test text threshold time title to topic total turnover type unit units usage user value variable vendor version
warranty week weight width year zip
"""
_NAMES = frozenset((_IN_DANISH + _IN_ENGLISH).split())
_ENDINGS = tuple(sorted((name for name in _NAMES if len(name) > 3), key=len, reverse=True))
_BEHIND = re.compile(r"\s*[(\[].*?[)\]]|[:*¹²³]+$")
_INSIDE = (
    "pr.",
    "pr",
    "per",
    "i",
    "in",
    "af",
    "of",
    "på",
    "on",
    "for",
    "til",
    "to",
    "inkl.",
    "ekskl.",
    "incl.",
    "excl.",
)
_PLURALS = ("erne", "ene", "er", "en", "et", "e", "s")
_MOST_WORDS = 5


def is_column_name(text: str) -> bool:
    """Whether a text is a word such as stands above columns or before fields: "Pris (kr.)", "Leveringsdato", "Name"."""
    words = _BEHIND.sub("", text.casefold()).strip(" .").split()
    if not words or len(words) > _MOST_WORDS:
        return False
    if len(words) > 1 and words[1] not in _INSIDE:
        return len(words) == 2 and words[1].rstrip(".") in _NAMES and words[0].rstrip(".") in _NAMES
    return _is_known(words[0])


def _is_known(word: str) -> bool:
    word = word.rstrip(".").replace("-", "")
    for stem in (word, *(word.removesuffix(end) for end in _PLURALS if word.endswith(end))):
        if stem in _NAMES:
            return True
        if len(stem) > 7 and stem.endswith(_ENDINGS):  # a compound: "kundenummer", "salgspris"
            return True
    return False
