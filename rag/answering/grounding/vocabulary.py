"""Closed classes of words that change the meaning of a sentence: negations, comparisons, units. Danish, Norwegian
and English, casefolded."""


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {word: name for name, listed in table.items() for word in listed.split()}


_NEGATIONS = """
    ikke ikkje ej ingen intet ingenting aldrig aldri uden uten hverken verken næppe neppe
    not no never none nothing nobody nowhere without neither nor cannot hardly
"""
NEGATIONS = frozenset(_NEGATIONS.split())

COMPARISONS = _by_word(
    {
        "up": """mere mer meir flere fleire højere høyere større længere lengre bedre ældre eldre hurtigere raskere
        flest mest størst største højest højeste høyest høyeste længst længste lengst lengste bedst bedste best beste
        more greater larger bigger higher longer better older faster most greatest largest biggest highest longest""",
        "down": """mindre færre lavere kortere dårligere værre verre yngre langsommere langsomere færrest lavest laveste
        kortest korteste dårligst dårligste verst verste
        less fewer lower smaller shorter worse younger slower fewest lowest smallest shortest worst""",
        "at least": "mindst minst minimum least",
        "at most": "højst høyst maksimalt maksimum maximum maximal maks max",
        "before": "før inden innan before prior forud tidligere earlier",
        "after": "efter etter after following senere seinare later",
        "first": "først første first førstnævnte førstnevnte",
        "last": "sidst sidste sist siste last",
        "only": "kun alene bare only solely merely udelukkende utelukkende",
        "always": "altid alltid always",
    }
)
"""Poles by word: a pole in an answer must be in the source, too."""

BOUNDS = _by_word({"up": "over above exceeding", "down": "under below"})
"""Words that are poles only before a number; elsewhere they are prepositions of place."""

STRENGTHS = _by_word(
    {
        "must": "skal må-ikke must shall",
        "may": "kan may can might kunne could",
        "all": "alle alt samtlige all every each hver hvert",
        "some": "nogle noen nokre enkelte some several",
        "half": "halv halve halvt half",
        "whole": "hel hele helt whole entire",
    }
)
"""Modal strength by word: an answer must not replace one by another, but may add one."""

QUANTITIES = frozenset({"up", "down", "at least", "at most"})
"""Poles that bind to the number after them: without "at least", "6 months" means something else."""

UNITS = _by_word(
    {
        "second": "sekund sekunder sekunders seconds sek sec",
        "minute": "minut minutter minutters minutt minute minutes min",
        "hour": "time timer timers timen hour hours hrs",
        "day": "dag dage dager dages dagers døgn day days",
        "week": "uge uger ugers uke uker ukers week weeks",
        "month": "måned måneder måneders månad månader month months",
        "year": "år års year years årig årige",
        "decade": "årti årtier tiår decade decades",
        "century": "århundrede århundreder århundre century centuries",
        "percent": "% procent prosent percent pct",
        "per mille": "‰ promille",
        "kr": "kr kroner krone kroners",
        "øre": "øre",
        "dollar": "$ dollar dollars usd",
        "euro": "€ euro euros eur",
        "pound": "£ pund pound pounds gbp lb lbs",
        "mm": "mm millimeter millimetre millimetres millimeters",
        "cm": "cm centimeter centimetre centimetres centimeters",
        "m": "m meter metre metres meters meters",
        "km": "km kilometer kilometre kilometres kilometers",
        "mile": "mil mile miles",
        "foot": "fod fot feet foot ft",
        "inch": "tommer inch inches",
        "km/h": "km/t km/h kmh kph",
        "mph": "mph",
        "gram": "g gram grams",
        "kg": "kg kilo kilogram kilograms",
        "ton": "ton tons tonn tonne tonnes",
        "ml": "ml milliliter millilitre",
        "liter": "l liter litre litres liters",
        "m²": "m² m2 kvm kvadratmeter",
        "m³": "m³ m3 kubikmeter",
        "ha": "ha hektar hectare hectares acre acres",
        "watt": "w watt watts",
        "kw": "kw kilowatt",
        "kwh": "kwh kilowatttimer kilowattimer",
        "volt": "v volt volts",
        "ampere": "a ampere amp amps ma",
        "hertz": "hz hertz",
        "byte": "byte bytes",
        "kb": "kb kib kilobyte",
        "mb": "mb mib megabyte megabytes",
        "gb": "gb gib gigabyte gigabytes",
        "tb": "tb tib terabyte terabytes",
        "bar": "bar",
        "db": "db decibel",
        "°c": "°c celsius",
        "°f": "°f fahrenheit",
        "degree": "° grader grad degree degrees",
    }
)
CURRENCIES = frozenset({"kr", "dollar", "euro", "pound"})
CURRENCY_CODES = {
    "da": {"dkk": "kr"}, "en": {"dkk": "kr"}, "no": {"nok": "kr"}, "nb": {"nok": "kr"}, "nn": {"nok": "kr"},
}  # fmt: skip

WEEKDAYS = {
    word: number
    for number, listed in enumerate(
        (
            "mandag mandage monday mondays", "tirsdag tirsdage tuesday tuesdays",
            "onsdag onsdage wednesday wednesdays", "torsdag torsdage thursday thursdays",
            "fredag fredage friday fridays", "lørdag lørdage saturday saturdays", "søndag søndage sunday sundays",
        ),
        1,
    )
    for word in listed.split()
}  # fmt: skip
