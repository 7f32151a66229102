"""Words that name columns and fields in Danish and English, by which a header is told from a first row of data."""

import re

_IN_DANISH = """
adgang adresse afdeling afgang aflevering afregning afsender afsnit aftale aktivitet aktør alder anciennitet andel
ankomst ansat ansvar ansvarlig ansøger antal areal art artikel bank bedrift begreb begrundelse behandling behov beløb
bemærkning bemærkninger beskrivelse beslutning bestilling bestyrer besvarelse betaling betegnelse betingelse betydning
bevilling bidrag bilag billet bivirkning bog bolig bredde bruger brændstof budget by bydel bygning chef cpr cvr dag
dato deadline definition deltager destination dimension distance dokument dosis dybde dyr dækning effekt efternavn
egenskab ejer eksempel ekspert elev emne energi enhed enheder etage etape fag fagområde faktor farve fase fejl
fejlkode felt figur filter firma flade forbehold forbrug forbrugstal forening forfald forfatter forklaring forlag
formand formål fornavn forskel forudsætning fra fravær frekvens frist funktion fødselsdag født garanti gebyr genvej
grund gruppe grænseværdi gæst hastighed hensigt hold hotel hovedgruppe hovedstad hændelse højde id indgang indhold
indikation indkomst indsats ingrediens interval investering isbn job kanal kapacitet kapitel karakter kasserer
kategori kilde kilometer klasse klokkeslæt knap kode kolonne kommentar kommune konklusion konsekvens kontakt
kontaktperson kontering konto kontonummer kontor kostpris krav kriterium kunde køber køn lager lampe land leder ledig
lejer leverance leverandør levering linje lokale lokation lov længde lærer løn lønklasse løsning mail maksimum maskine
materiale medarbejder medicin medlem menu metode milepæl miljø minimum mobil model modtager moms mål måling måned
mængde mærke nat navn niveau note nr nummer næste omkostning område omsætning opfølgning opgave oplysning oprindelse
opsigelse ordre organisation overskrift overskud paragraf parameter part parti periode person placering plads plante
point port portion post postnr postnummer prioritet pris procent proces produkt program projekt pulje punkt rabat race
rang rapport referat reference regel region registreringsnummer rente resultat resume ret rettighed risiko rolle rum
rute rådgiver rækkefølge sag sagsnummer salg sats segment sekretær selskab serie server side sikkerhed skole slut sort
spiller sprog spørgsmål stand start station status sted stelnummer stilling stk stop stregkode størrelse sum suppleant
svar symbol symptom system sælger tabel tal tekst telefon tema temperatur tid tidspunkt tilbud tilskud tilstand titel
tlf todo toldsats tolerance total tovholder tyngde type udbyder uddannelse udgave udgift udlejer udløb uge ugedag
undergruppe underskud underviser valuta vare varegruppe varenavn varighed vej vejledning vending version virksomhed
volumen vurdering vægt værdi vært ydelse zone år årsag årstal ønske
"""
_IN_ENGLISH = """
access account action active activity address age agenda amount answer area assignee author balance boss capital
category cause chapter chef city class client code color colour comment company component condition contact cost count
country currency customer date day deadline definition department depth description detail dimension discount document
dose due duration effect email employee end error event example explanation fault feature fee field file first fix
from fuel function gender goal group height hours id impact income industry ingredient instructor isbn item job key
kind language last length level limit line link list location manager margin material meaning measure member menu
method metric milestone mobile mode model month name node notes number office option order organisation organization
origin owner parameter party payment percent percentage period permission person phone place player point population
port position premium price priority process product profit program project property publisher purpose quantity
quarter question race rank rate reading reason region remark remarks requirement result revenue reviewer role room
route row rule salary sales score section segment series server service share side size solution source speaker
species sponsor stage start state status step stop street student subject subtotal sum supplier symbol symptom system
target task tax teacher team telephone term test text threshold time title to tolerance topic total track train
treatment turnover type unit units usage user value variable vendor version warranty week weight width winner year zip
"""
COLUMN_NAMES = {"da": frozenset(_IN_DANISH.split()), "en": frozenset(_IN_ENGLISH.split())}
"""By language, in lower case."""
_NAMES = COLUMN_NAMES["da"] | COLUMN_NAMES["en"]
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
