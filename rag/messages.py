"""What the core says to a user, in Danish and English: errors, notices and refusals.

The words of buttons and labels are in `rag.ui.translations`; these here are also said by the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    "assistant_gone": {
        "da": "Assistenten findes ikke mere. Måske er den slettet i et andet vindue. Vælg en anden, eller spørg uden.",
        "en": "The assistant is not there any more. Perhaps it was deleted in another tab. Choose another, or ask without.",
    },
    "invalid_assistant": {
        "da": "Assistenten kan ikke bruges sådan. Ret {part}: {allowed}. Intet er ændret.",
        "en": "The assistant cannot be used like this. Correct {part}: {allowed}. Nothing was changed.",
    },
    "invalid_panel": {
        "da": "Vælg mindst {fewest} og højst {most} at spørge på én gang.",
        "en": "Choose {fewest} to {most} to ask at once.",
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
    "no_model_id": {
        "da": "{model} er ikke navnet på en model. Skriv det, som det står på hubben: udgiver/model, for eksempel"
        " Qwen/Qwen2.5-1.5B-Instruct-GGUF.",
        "en": "{model} is not the name of a model. Write it as the hub does: publisher/model, for example"
        " Qwen/Qwen2.5-1.5B-Instruct-GGUF.",
    },
    "hub_offline": {
        "da": "Hentning er slået fra på denne maskine (HF_HUB_OFFLINE). Bed administratoren slå det til, eller læg"
        " modelfilen i modelmappen.",
        "en": "Downloads are switched off on this machine (HF_HUB_OFFLINE). Ask the administrator to switch them on, or put"
        " the model’s file into the models folder.",
    },
    "hub_silent": {
        "da": "Der er ingen forbindelse til hubben ({detail}). Det, der er hentet, er gemt. Prøv igen, når der er net, eller"
        " læg modelfilen i modelmappen.",
        "en": "There is no connection to the hub ({detail}). What was fetched is kept. Try again when there is a network, or"
        " put the model’s file into the models folder.",
    },
    "hub_unknown": {
        "da": "Hubben kender ikke {model}, eller viser den ikke til alle. Se efter, om navnet er stavet rigtigt.",
        "en": "The hub does not know {model}, or does not show it to everybody. Check the spelling of its name.",
    },
    "hub_gated": {
        "da": "Før {model} kan hentes, skal dens vilkår godkendes på hubben. Bed administratoren gøre det, eller vælg en"
        " anden model.",
        "en": "Before {model} can be fetched, its terms have to be accepted on the hub. Ask the administrator to do so, or"
        " choose another model.",
    },
    "hub_not_allowed": {
        "da": "Kilde henter ikke fra {host}: kun krypterede adresser (https) er tilladt. Bed administratoren rette hubbens"
        " adresse (HF_ENDPOINT).",
        "en": "Kilde does not fetch from {host}: only encrypted addresses (https) are allowed. Ask the administrator to"
        " correct the hub’s address (HF_ENDPOINT).",
    },
    "no_model_files": {
        "da": "I {model} er der intet, Kilde kan bruge: hverken GGUF-filer eller en sprogmodel i safetensors. Vælg en model,"
        " hvis navn slutter på GGUF.",
        "en": "There is nothing in {model} that Kilde can use: neither GGUF files nor a language model in safetensors."
        " Choose one whose name ends in GGUF.",
    },
    "wrong_hash": {
        "da": "{name} er ikke den fil, hubben siger, den er (forkert kontrolsum). Den er slettet. Hent den igen; sker det"
        " igen, så vælg en anden model.",
        "en": "{name} is not the file that the hub says it is (wrong checksum). It has been deleted. Fetch it again; if that"
        " does not help, choose another model.",
    },
    "no_room": {
        "da": "Der er ikke plads på disken: der skal bruges {needed} GB, og der er {free} GB ledig. Frigør plads, eller"
        " vælg en mindre model.",
        "en": "There is no room on the disk: it takes {needed} GB, and {free} GB are free. Free some space, or choose a"
        " smaller model.",
    },
    "model_there": {
        "da": "{name} er her allerede, eller er ved at blive hentet. Slet den først, hvis du vil hente den igen.",
        "en": "{name} is here already, or is being fetched. Delete it first if you want to fetch it again.",
    },
    "model_busy": {
        "da": "{name} er i brug og kan ikke slettes. Vælg en anden model under Indstillinger og hos de assistenter, der"
        " bruger den, og vent, til den er færdig med at skrive.",
        "en": "{name} is in use and cannot be deleted. Choose another model in Settings and for the assistants that use"
        " it, and wait until it has finished writing.",
    },
    "model_writes_not": {
        "da": "{name} er en model, men ikke en, der skriver tekst. Den kan ikke svare på spørgsmål.",
        "en": "{name} is a model, but none that writes text. It cannot answer questions.",
    },
    "model_not_here": {
        "da": "{name} er valgt til svar, men er her ikke. Vælg en anden model, eller hent den igen.",
        "en": "{name} is chosen for answers, but is not here. Choose another model, or fetch it again.",
    },
    "model_damaged": {
        "da": "{name} er beskadiget eller ikke en model, Kilde kan læse ({detail}). Slet den, og hent den igen.",
        "en": "{name} is damaged, or no model that Kilde can read ({detail}). Delete it and fetch it again.",
    },
    "server_fault": {
        "da": "Der gik noget galt med modelserveren {server} ({detail}). Det, der nåede at komme, er her. Spørg igen, eller"
        " vælg en anden model.",
        "en": "Something went wrong with the model server {server} ({detail}). What had come is here. Ask again, or choose"
        " another model.",
    },
    "server_refused": {
        "da": "Modelserveren {server} svarer ikke på sin adresse ({detail}). Den er nok ikke startet. Start den, eller vælg"
        " en anden model.",
        "en": "Nobody answers at the address of the model server {server} ({detail}). It is probably not running. Start it,"
        " or choose another model.",
    },
    "server_not_allowed": {
        "da": "Kilde må ikke tale med modelserveren {server}: {detail}. Bed administratoren rette dens"
        " adresse, eller vælg en anden model.",
        "en": "Kilde may not speak to the model server {server}: {detail}. Ask the administrator to correct its address, or"
        " choose another model.",
    },
    "server_busy": {
        "da": "Modelserveren {server} har for travlt lige nu og er ikke begyndt på et svar ({detail}). Spørg igen om"
        " lidt, eller vælg en anden model.",
        "en": "The model server {server} is too busy at the moment and has not begun an answer ({detail}). Ask again in a"
        " while, or choose another model.",
    },
    "server_silent": {
        "da": "Modelserveren {server} sagde intet i {seconds} sekunder, så Kilde holdt op med at vente. Det, der nåede at"
        " komme, er her. Spørg igen, eller vælg en mindre model.",
        "en": "The model server {server} said nothing for {seconds} seconds, so Kilde stopped waiting. What had come is"
        " here. Ask again, or choose a smaller model.",
    },
    "server_cut_off": {
        "da": "Forbindelsen til modelserveren {server} blev afbrudt, før svaret var færdigt ({detail}). Det, der nåede at"
        " komme, er her. Spørg igen for et helt svar.",
        "en": "The connection to the model server {server} ended before the answer did ({detail}). What had come is here."
        " Ask again for a whole answer.",
    },
    "server_unknown": {
        "da": "Modelserveren {server} afviste spørgsmålet eller svarede noget, Kilde ikke forstår: {detail}. Bed"
        " administratoren se på det, eller vælg en anden model.",
        "en": "The model server {server} refused the request, or answered something that Kilde does not understand:"
        " {detail}. Ask the administrator to look into it, or choose another model.",
    },
    "server_entry_refused": {
        "da": "Modelserveren {server} er sprunget over. Det, der er galt: {detail}. Ret det i opsætningen, og start Kilde igen.",
        "en": "The model server {server} was passed over. What is wrong: {detail}. Correct the configuration and start Kilde again.",
    },
    "servers_file_refused": {
        "da": "Filen {file} med modelservere bruges ikke: {detail}. Ret den, og start Kilde igen.",
        "en": "The file {file} that names model servers is not used: {detail}. Correct it and start Kilde again.",
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
    "invalid_assistant_file": {
        "da": "Filen er ikke assistenter, som Kilde kan læse (fejl ved: {detail}). Vælg en JSON- eller TOML-fil, som Kilde"
        " har eksporteret. Intet er lagt ind.",
        "en": "The file holds no assistants that Kilde can read (wrong at: {detail}). Choose a JSON or TOML file that Kilde"
        " exported. Nothing was added.",
    },
    "assistant_key_left_out": {
        "da": "{assistant}: Kilde kender ikke “{key}” og har sprunget det over.",
        "en": "{assistant}: Kilde does not know “{key}” and passed it over.",
    },
    "assistant_document_left_out": {
        "da": "{assistant}: dokumentet {document} er ikke her og er udeladt.",
        "en": "{assistant}: the document {document} is not here and was left out.",
    },
    "assistant_step_left_out": {
        "da": "{assistant}: assistenten {step}, som svaret gives videre til, er ikke i filen og er udeladt.",
        "en": "{assistant}: the assistant {step}, to whom it hands its answer on, is not in the file and was left out.",
    },
    "assistant_picture_left_out": {
        "da": "{assistant}: billedet kan ikke læses og er udeladt.",
        "en": "{assistant}: the picture cannot be read and was left out.",
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
    "step_kept_nothing": {
        "da": "{name} fandt ingen sætning, som kilderne bærer. Svaret står, som det var før det trin.",
        "en": "{name} found no sentence that the sources bear out. The answer is as it was before that step.",
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
    "detail": {
        "bad_key": {
            "da": "nøglen indeholder andre tegn end bogstaver, tal og tegn i ASCII",
            "en": "the key holds other characters than printable ASCII",
        },
        "bad_name": {
            "da": "navnet må højst have 40 bogstaver, tal, mellemrum, punktummer og bindestreger",
            "en": "the name may have at most 40 letters, digits, spaces, dots and hyphens",
        },
        "bad_port": {"da": "porten skal være 1-65535", "en": "the port must be 1-65535"},
        "bad_url": {
            "da": "adressen skal se ud som https://server.firma.dk:8000/v1",
            "en": "the address must look like https://server.company.com:8000/v1",
        },
        "user_in_url": {
            "da": "der må ikke stå brugernavn eller adgangskode i adressen",
            "en": "the address must not hold a user name or password",
        },
        "not_https": {
            "da": "uden for maskinen og lokale net skal adressen begynde med https",
            "en": "beyond this machine and local networks, the address must begin with https",
        },
        "refused_address": {
            "da": "adressen fører til et sted, der ikke er en modelserver",
            "en": "the address leads to a place that is no model server",
        },
        "redirect": {"da": "den viste videre til en anden adresse", "en": "it pointed on to another address"},
        "name_twice": {
            "da": "navnet er brugt to gange, så den anden",
            "en": "the name is used twice, so the second one",
        },
        "others_can_write": {
            "da": "andre kan skrive i den (chmod 600 retter det)",
            "en": "others can write to it (chmod 600 mends that)",
        },
        "no_toml": {"da": "den er ikke gyldig TOML", "en": "it is not valid TOML"},
        "no_servers": {
            "da": "den skal bestå af afsnit, der hedder [[server]]",
            "en": "it must be made of sections named [[server]]",
        },
        "too_much": {"da": "mere, end Kilde tager imod", "en": "more than Kilde takes"},
        "compressed": {"da": "svaret var pakket", "en": "the answer was compressed"},
        "key_refused": {"da": "nøglen blev ikke godtaget", "en": "the key was not accepted"},
        "the file is cut short": {"da": "filen er ikke hel", "en": "the file is cut short"},
        "the header is damaged": {"da": "filens begyndelse er beskadiget", "en": "the header is damaged"},
        "not a GGUF file": {"da": "ikke en GGUF-fil", "en": "not a GGUF file"},
        "it holds no model": {"da": "den indeholder ingen model", "en": "it holds no model"},
        "parts are missing": {"da": "der mangler dele", "en": "parts are missing"},
        "connection lost": {"da": "forbindelsen faldt ud", "en": "connection lost"},
        "no_answer": {"da": "intet svar", "en": "no answer"},
        "dropped": {"da": "forbindelsen faldt ud", "en": "the connection was dropped"},
        "no_end": {"da": "uden slutning", "en": "without an end"},
        "no_json": {"da": "ikke gyldig JSON", "en": "not valid JSON"},
        "no_list": {"da": "ingen liste over modeller", "en": "no list of models"},
        "no_answer_format": {"da": "ikke et svar fra en model", "en": "not an answer from a model"},
        "not_allowed": {"da": "administratoren har ikke tilladt den", "en": "the administrator did not allow it"},
    },
}


def say(code: str, language: str, **values: Any) -> str:
    """The sentence for `code` in "da" or "en" (anything else reads English), with `values` put in.

    Raises KeyError for an unknown code. Values are data: braces in them are not interpreted.
    """
    texts = MESSAGES[code]
    language = language if language in texts else "en"
    return texts[language].format_map(_Lenient(worded(values, language)))


def worded(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """`values` with those that are words and not data said in "da" or "en"."""
    said = dict(values)
    for name, words in _WORDS.items():
        if isinstance(word := said.get(name), str) and word in words:
            said[name] = words[word]["da" if language == "da" else "en"]
    return said


class _Lenient(dict[str, Any]):
    """A missing value leaves its place empty: a message must never be the thing that fails."""

    def __missing__(self, key: str) -> str:
        return "…"
