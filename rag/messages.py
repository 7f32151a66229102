"""What the core says to a user, in Danish and English: errors, notices and refusals.

The words of buttons and labels are in `rag.ui.translations`; these here are also said by the command line.
"""

from __future__ import annotations

from typing import Any

MESSAGES: dict[str, dict[str, str]] = {
    "error": {
        "da": "Noget gik galt. Prøv igen; intet af det, der var gemt, er tabt.",
        "en": "Something went wrong. Try again; nothing that was saved is lost.",
    },
    "file_refused": {"da": "Filen kunne ikke bruges.", "en": "The file could not be used."},
    "empty_file": {
        "da": "Filen er tom. Gem den igen med indhold, og slip den her.",
        "en": "The file is empty. Save it again with content and drop it here.",
    },
    "file_too_large": {
        "da": "Filen er for stor: grænsen er {limit} MB. Del den op, og slip delene her.",
        "en": "The file is too large: the limit is {limit} MB. Split it and drop the parts here.",
    },
    "unknown_type": {
        "da": "Filer af typen {suffix} kan Kilde ikke læse. Gem den som {known}, og slip den her igen.",
        "en": "Kilde cannot read files of type {suffix}. Save it as {known} and drop it here again.",
    },
    "wrong_type": {
        "da": "Filen hedder {expected}, men indholdet er {found}. Gem den som {expected} fra det program, den kommer fra.",
        "en": "The file is named {expected}, but its content is {found}. Save it as {expected} in the program it came from.",
    },
    "damaged_file": {
        "da": "Filen er beskadiget og kan ikke åbnes. Hent eller gem den igen, og slip den nye udgave her.",
        "en": "The file is damaged and cannot be opened. Download or save it again and drop the new copy here.",
    },
    "password_protected": {
        "da": "Filen er låst med adgangskode. Gem en kopi uden kode, og slip den her igen.",
        "en": "The file is locked with a password. Save a copy without one and drop it here again.",
    },
    "no_text": {
        "da": "Filen har ingen tekst, der kan læses (side {pages}: kun billeder). Gem den med tekst (OCR) i dit"
        " scannerprogram, og slip den her igen.",
        "en": "The file has no text that can be read (page {pages}: pictures only). Save it with text (OCR) in your"
        " scanning program and drop it here again.",
    },
    "pages_without_text": {
        "da": "Side {pages}: kun billeder uden tekst, som ikke kan findes. Resten er læst. Gem filen med tekst (OCR) for at"
        " få dem med.",
        "en": "Page {pages}: only pictures without text, which cannot be found. The rest was read. Save the file with text"
        " (OCR) to include them.",
    },
    "pages_damaged": {
        "da": "Side {pages} er beskadiget og kunne ikke læses. Resten er læst. Hent eller gem filen igen for at få"
        " dem med.",
        "en": "Page {pages} are damaged and could not be read. The rest was read. Download or save the file again to"
        " include them.",
    },
    "too_many_pages": {
        "da": "Filen har {pages} sider; grænsen er {limit}. Del den op, og slip delene her.",
        "en": "The file has {pages} pages; the limit is {limit}. Split it and drop the parts here.",
    },
    "parsing_limit": {
        "da": "Filen kunne ikke læses inden for grænsen for {limit}. Gem den igen som en enklere fil, eller del den op.",
        "en": "The file could not be read within the limit for {limit}. Save it again as a simpler file, or split it.",
    },
    "already_there": {
        "da": "Det samme indhold er der allerede, under navnet {name}. Der er ikke brug for at gøre mere.",
        "en": "The same content is there already, under the name {name}. Nothing more needs to be done.",
    },
    "name_taken": {
        "da": "Der er allerede et andet dokument med navnet {name}. Erstat det, eller behold begge.",
        "en": "There is another document named {name} already. Replace it, or keep both.",
    },
    "name_in_use": {
        "da": "Et andet dokument hedder allerede {name}. Vælg et andet navn.",
        "en": "Another document is named {name} already. Choose another name.",
    },
    "store_error": {
        "da": "Lageret kunne ikke gøre det. Prøv igen; intet af det, der var gemt, er tabt.",
        "en": "The store could not do that. Try again; nothing that was saved is lost.",
    },
    "disk_full": {
        "da": "Disken er fuld, så dette blev ikke gemt. Frigør plads, og prøv igen. Det, der var gemt, er der stadig.",
        "en": "The disk is full, so this was not saved. Free some space and try again. What was saved is still there.",
    },
    "store_damaged": {
        "da": "Lageret er beskadiget ({detail}). Kør en kontrol under Indstillinger, og gendan fra en kopi.",
        "en": "The store is damaged ({detail}). Run a check in Settings and restore from a copy.",
    },
    "store_read_only": {
        "da": "Mappen {folder} kan ikke skrives til. Ret adgangen, eller vælg en anden mappe.",
        "en": "The folder {folder} cannot be written to. Mend its permissions or choose another folder.",
    },
    "not_found": {
        "da": "{name} er her ikke længere. Genindlæs siden for at se, hvad der er.",
        "en": "{name} is no longer here. Reload the page to see what is.",
    },
    "document_gone": {
        "da": "Dokumentet er her ikke længere. Genindlæs siden for at se, hvad der er.",
        "en": "The document is no longer here. Reload the page to see what is.",
    },
    "conversation_gone": {
        "da": "Samtalen er her ikke længere. Genindlæs siden for at se, hvad der er.",
        "en": "The conversation is no longer here. Reload the page to see what is.",
    },
    "model_error": {
        "da": "Modellen {model} kunne ikke bruges: {detail}",
        "en": "The model {model} could not be used: {detail}",
    },
    "model_unavailable": {
        "da": "Modellen {model} er her ikke og kan ikke hentes ({detail}). Vælg en anden model under Indstillinger,"
        " eller læg den i en mappe på maskinen.",
        "en": "The model {model} is not here and cannot be fetched ({detail}). Choose another model in Settings, or put"
        " it into a folder on this machine.",
    },
    "model_unsafe": {
        "da": "Modellen {model} kræver fremmed kode eller usikre vægte og bliver ikke indlæst. Vælg en med"
        " safetensors-filer.",
        "en": "The model {model} needs foreign code or unsafe weights and will not be loaded. Choose one with"
        " safetensors files.",
    },
    "model_changed": {
        "da": "Modellen {model} er en anden end den, dokumenterne er indekseret med. Genindeksér dem under"
        " Indstillinger; indtil da findes der kun på ord.",
        "en": "The model {model} is not the one that the documents were indexed with. Index them again in Settings;"
        " until then they are found by words only.",
    },
    "cannot_score": {
        "da": "Modellen {model} kan kun skrive. Hvor sandsynligt den finder et svar, kan kun en model på denne maskine sige.",
        "en": "The model {model} can only write. How likely it finds an answer, only a model on this machine can tell.",
    },
    "not_a_judge": {
        "da": "Modellen {model} kan ikke kontrollere sætninger: den siger ikke, om en tekst følger af en anden. Vælg en"
        " model til tekstslutning (NLI); en, der kun rangerer, er ikke nok.",
        "en": "The model {model} cannot check sentences: it does not say whether one text follows from another. Choose a"
        " model for natural language inference (NLI); one that only ranks is not enough.",
    },
    "invalid_setting": {
        "da": "Værdien for {setting} er ikke tilladt. Tilladt er {allowed}.",
        "en": "The value for {setting} is not allowed. Allowed is {allowed}.",
    },
    "invalid_import": {
        "da": "Mappen kan ikke importeres: {detail}",
        "en": "The folder cannot be imported: {detail}",
    },
    "invalid_questions": {
        "da": "Filen er ikke et sæt spørgsmål, som Kilde kan læse (fejl ved: {detail}). Vælg en JSON-fil, som Kilde har"
        " eksporteret. Intet er ændret.",
        "en": "The file is no set of questions that Kilde can read (wrong at: {detail}). Choose a JSON file that Kilde"
        " exported. Nothing was changed.",
    },
    "cancelled": {"da": "Stoppet.", "en": "Stopped."},
    "interrupted": {
        "da": "Svaret blev afbrudt, fordi programmet stoppede. Det, der nåede at komme, er her. Spørg igen for et helt"
        " svar.",
        "en": "The answer was cut off because the program stopped. What had come is here. Ask again for a whole answer.",
    },
    "model_found_nothing": {
        "da": "Modellen {model} fandt ikke svaret i tekststederne. Her er det nærmeste med dokumenternes egne ord.",
        "en": "The model {model} did not find the answer in the passages. Here is the closest in the documents’ words.",
    },
    "refusal": {
        "da": "Det står ikke i dine dokumenter. Jeg ledte efter: {searched}",
        "en": "Your documents do not say. I looked for: {searched}",
    },
    "refusal_scope": {
        "da": "Der er ingen dokumenter i det, der er valgt at spørge i. Vælg andre dokumenter, eller spørg i alle.",
        "en": "There are no documents in what was chosen to be asked. Choose other documents, or ask all of them.",
    },
    "doubted": {
        "da": "Dine dokumenter svarer efter alt at dømme ikke på spørgsmålet. Her er det nærmeste, fordi du bad om det.",
        "en": "As far as Kilde can judge, your documents do not answer the question. Here is what comes nearest, because"
        " you asked for it.",
    },
    "refusal_empty": {
        "da": "Der er ingen dokumenter at svare ud fra endnu. Læg nogle ind under Dokumenter, og spørg igen.",
        "en": "There are no documents to answer from yet. Add some under Documents and ask again.",
    },
}


# values that are words and not data, by the value's name; anything else is shown as it is
_WORDS: dict[str, dict[str, dict[str, str]]] = {
    "limit": {
        "time": {"da": "tid", "en": "time"},
        "memory": {"da": "hukommelse", "en": "memory"},
        "size": {"da": "tekstmængde", "en": "amount of text"},
    },
    "found": {
        "text": {"da": "almindelig tekst", "en": "plain text"},
        "binary": {"da": "ikke tekst", "en": "not text"},
    },
}


def say(code: str, language: str, **values: Any) -> str:
    """The sentence for `code` in "da" or "en" (anything else reads English), with `values` put in.

    Raises KeyError for an unknown code. Values are data: braces in them are not interpreted.
    """
    texts = MESSAGES[code]
    language = language if language in texts else "en"
    for name, words in _WORDS.items():
        if isinstance(word := values.get(name), str) and word in words:
            values[name] = words[word][language]
    return texts[language].format_map(_Lenient(values))


class _Lenient(dict[str, Any]):
    """A missing value leaves its place empty: a message must never be the thing that fails."""

    def __missing__(self, key: str) -> str:
        return "…"
