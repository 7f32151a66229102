"""Words that do not tell what a question is about, in Danish, Norwegian and English.

The lists are short on purpose: function words and question words only, casefolded. A word that could be the subject of
a question ("year", "sted") stays out.
"""

_DANISH = """
ad af alle alt altså anden andet andre at bare blev blevet bliver både da de dem den denne der deres det dette dig din
dine disse dit dog du efter ej eller en end er et fik for fordi fra få får før gennem giver gør gøre ham han hans har
have havde hele hende hendes her hos hun hvad hvem hver hvert hvilke hvilken hvilket hvis hvor hvordan hvorfor hvorhen
hvornår hvorvidt i ikke ind inden ingen intet ja jeg jer jeres jo kan kom kunne man mange med meget men mens mere mig
min mindst mine mit mod må måtte ned nej nemlig nogen noget nogle nok nu når og også om op os over på pr samt se selv
sig sin sine sit skal skulle som sådan så til ud under var ved vi vil ville vor vores være været
"""

_NORWEGIAN = """
alle alt andre at av bare ble blei bli blir blitt både da de deg dei deim deira dem den denne der deres det dette di
din disse ditt du eg eit eller en enn er et ett etter ei for fordi fra frå får ha hadde han hans har henne hennes her
hva hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hun i ikke ikkje ingen inn ja jeg kan korleis kva kven
kvifor kor kom kunne man mange med meg meget mellom men mens mer mi min mitt mot mye må når nei no noe noen nok nå og
også om opp oss over på seg selv si sin sine sitt skal skulle som så til um under upp ut ved vi vil ville vår være vært
"""

_ENGLISH = """
a about after all also am an and any are as at be because been before being both but by can could did do does doing
for from get gets got had has have having he her here hers him his how i if in into is it its just let may me might
more most much must my no nor not of off on or other our out over own shall she should so some such than that the
their them then there these they this those through to too under until up us very was we were what when where whether
which while who whom whose why will with would you your
"""

STOPWORDS: dict[str, frozenset[str]] = {
    "da": frozenset(_DANISH.split()),
    "no": frozenset(_NORWEGIAN.split()),
    "en": frozenset(_ENGLISH.split()),
}
