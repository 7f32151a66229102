"""What the core says to a user, in Danish and English: errors, notices and refusals.

The words of buttons and labels are in `rag.ui.i18n`; these here are also said by the command line.
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
    "old_format": {
        "da": "Filer af typen {suffix} kan Kilde ikke læse. Åbn filen i det program, den kommer fra, vælg Gem som"
        " {instead}, og slip den nye fil her.",
        "en": "Kilde cannot read files of type {suffix}. Open the file in the program it came from, choose Save as"
        " {instead}, and drop the new file here.",
    },
    "unsafe_file": {
        "da": "Filen indeholder noget, som dokumenter ikke plejer at indeholde, og som kan være farligt ({what}). Den er"
        " ikke åbnet. Gem den igen fra det program, den kommer fra, og slip den nye udgave her.",
        "en": "The file holds something that documents do not usually hold and that can be dangerous ({what}). It was not"
        " opened. Save it again in the program it came from and drop the new copy here.",
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
        "da": "Filen har ingen tekst, der kan læses (side {pages}: kun billeder). Få tesseract installeret, så Kilde selv kan"
        " læse billeder: Linux: apt install tesseract-ocr tesseract-ocr-dan; macOS: brew install tesseract tesseract-lang;"
        " Windows: installationsprogrammet Tesseract-OCR med dansk. Vælg filen, og indeksér den igen.",
        "en": "The file has no text that can be read (page {pages}: pictures only). Have tesseract installed so that Kilde"
        " can read pictures itself: Linux: apt install tesseract-ocr tesseract-ocr-dan; macOS: brew install tesseract"
        " tesseract-lang; Windows: the Tesseract-OCR installer, with Danish. Then choose the file and index it again.",
    },
    "no_text_by_ocr": {
        "da": "Filen har ingen tekst, og i billederne (side {pages}) fandt tekstgenkendelsen (OCR) heller ingen, den er sikker"
        " på. Scan den skarpere og lige, helst i 300 dpi, og slip den her igen.",
        "en": "The file has no text, and in its pictures (page {pages}) text recognition (OCR) found none that it is sure of."
        " Scan it sharper and straight, at 300 dpi if you can, and drop it here again.",
    },
    "pages_without_text": {
        "da": "Side {pages}: kun billeder uden tekst, som ikke kan findes. Resten er læst. Få tesseract installeret, og indeksér"
        " filen igen for at få dem med (Linux: apt install tesseract-ocr tesseract-ocr-dan; macOS: brew install tesseract"
        " tesseract-lang; Windows: installationsprogrammet Tesseract-OCR med dansk).",
        "en": "Page {pages}: only pictures without text, which cannot be found. The rest was read. Have tesseract installed"
        " and index the file again to include them (Linux: apt install tesseract-ocr tesseract-ocr-dan; macOS: brew install"
        " tesseract tesseract-lang; Windows: the Tesseract-OCR installer, with Danish).",
    },
    "pages_in_unknown_font": {
        "da": "Side {pages}: skrifttypen siger ikke, hvilke bogstaver den viser, så siden kan ikke findes. Resten er læst. Gem"
        " filen igen fra det program, den kommer fra, eller få tesseract installeret (OCR), og indeksér den igen.",
        "en": "Page {pages}: the font does not say which letters it shows, so that the page cannot be found. The rest was"
        " read. Save the file again in the program it came from, or have tesseract installed (OCR), and index it again.",
    },
    "pages_by_ocr": {
        "da": "Side {pages} er et billede og er læst med tekstgenkendelse (OCR). Den tager fejl af og til: se efter på siden,"
        " før du stoler på et tal eller et navn.",
        "en": "Page {pages} is a picture and was read by text recognition (OCR). It makes mistakes: look at the page before"
        " you rely on a figure or a name.",
    },
    "pages_nothing_by_ocr": {
        "da": "Side {pages}: i billedet fandt tekstgenkendelsen (OCR) ingen tekst, den er sikker på, så siden kan ikke findes."
        " Er der tekst på den, så scan den skarpere og lige, og slip filen her igen.",
        "en": "Page {pages}: text recognition (OCR) found no text in the picture that it is sure of, so that the page cannot"
        " be found. If there is text on it, scan it sharper and straight, and drop the file here again.",
    },
    "pages_ocr_unfinished": {
        "da": "Side {pages} kunne tekstgenkendelsen (OCR) ikke læse inden for grænserne for tid og hukommelse. Resten er læst."
        " Del filen op, eller gem siderne mindre, og slip dem her.",
        "en": "Page {pages} could not be read by text recognition (OCR) within the limits for time and memory. The rest was"
        " read. Split the file, or save these pages smaller, and drop them here.",
    },
    "ocr_without_danish": {
        "da": "Tekstgenkendelsen (OCR) mangler dansk på denne maskine, så æ, ø og å bliver læst forkert. Få dansk installeret"
        " (apt install tesseract-ocr-dan), og indeksér filen igen.",
        "en": "Text recognition (OCR) lacks Danish on this machine, so that æ, ø and å are misread. Have it installed (apt"
        " install tesseract-ocr-dan) and index the file again.",
    },
    "limit_met": {
        "da": "Kilde nåede sin grænse for {limit} og læste side 1-{read} af {pages}. De læste sider kan findes, resten ikke."
        " Behold dokumentet, som det er, eller slet det, del filen op, og slip delene her.",
        "en": "Kilde met its limit for {limit} and read pages 1-{read} of {pages}. Those can be found, the rest cannot. Keep"
        " the document as it is, or delete it, split the file and drop the parts here.",
    },
    "damage_met": {
        "da": "Filen er beskadiget efter side {read} af {pages}. Siderne før kan findes, resten ikke. Behold dokumentet, som"
        " det er, eller slet det, hent eller gem filen igen, og slip den nye udgave her.",
        "en": "The file is damaged after page {read} of {pages}. The pages before can be found, the rest cannot. Keep the"
        " document as it is, or delete it, download or save the file again and drop the new copy here.",
    },
    "pages_damaged": {
        "da": "Side {pages} er beskadiget og kunne ikke læses. Resten er læst. Hent eller gem filen igen for at få"
        " dem med.",
        "en": "Page {pages} are damaged and could not be read. The rest was read. Download or save the file again to"
        " include them.",
    },
    "slides_without_text": {
        "da": "Dias {pages}: kun billeder uden tekst, som ikke kan findes. Resten er læst. Skriv det, der skal kunne"
        " findes, som tekst eller i noterne.",
        "en": "Slide {pages}: only pictures without text, which cannot be found. The rest was read. Write what should be"
        " found as text or in the notes.",
    },
    "hidden_slides": {
        "da": "Dias {pages} er skjult i præsentationen. Det er læst med.",
        "en": "Slide {pages} is hidden in the presentation. It was read as well.",
    },
    "hidden_sheets": {
        "da": "Skjulte ark er læst med: {names}. Slet dem i filen, hvis de ikke skal kunne findes.",
        "en": "Hidden sheets were read as well: {names}. Delete them in the file if they should not be found.",
    },
    "hidden_cells": {
        "da": "Skjulte rækker eller kolonner er læst med i disse ark: {names}. Slet dem i filen, hvis de ikke skal kunne"
        " findes.",
        "en": "Hidden rows or columns were read as well in these sheets: {names}. Delete them in the file if they should"
        " not be found.",
    },
    "sheets_of_charts": {
        "da": "Ark, der kun er et diagram, er ikke læst: {names}.",
        "en": "Sheets that are only a chart were not read: {names}.",
    },
    "formulas_without_values": {
        "da": "{count} celler med formler har ingen gemt værdi og kan ikke findes. Åbn filen i Excel, gem den, og slip den"
        " her igen.",
        "en": "{count} cells with formulas hold no saved value and cannot be found. Open the file in Excel, save it, and"
        " drop it here again.",
    },
    "attachments_not_read": {
        "da": "Vedhæftede filer er ikke læst: {names}. Gem dem, og slip dem her hver for sig.",
        "en": "Attachments were not read: {names}. Save them and drop them here by themselves.",
    },
    "changes_tracked": {
        "da": "Dokumentet har registrerede ændringer. Det er læst, som det ser ud, når de er godtaget.",
        "en": "The document has tracked changes. It was read as it looks once they are accepted.",
    },
    "comments_not_read": {
        "da": "Kommentarer i dokumentet er ikke læst. Antal: {count}. Skriv det, der skal kunne findes, i selve teksten.",
        "en": "Comments in the document were not read. Number: {count}. Write what should be found in the text itself.",
    },
    "chapters_damaged": {
        "da": "{count} dele af bogen er beskadiget og kunne ikke læses. Resten er læst.",
        "en": "{count} parts of the book are damaged and could not be read. The rest was read.",
    },
    "position_page": {"da": "s. {page}", "en": "p. {page}"},
    "position_slide": {"da": "dias {page}", "en": "slide {page}"},
    "position_sheet": {"da": "ark {sheet}", "en": "sheet {sheet}"},
    "position_row": {"da": "række {row}", "en": "row {row}"},
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
        "da": "Lageret er beskadiget ({detail}). Det, der er helt, kan læses og eksporteres, men intet nyt gemmes. Kør en"
        " kontrol (under Indstillinger, eller python -m rag verify), eller gendan en sikkerhedskopi.",
        "en": "The store is damaged ({detail}). What is whole can be read and exported, but nothing new is saved. Run a"
        " check (in Settings, or python -m rag verify), or restore a backup.",
    },
    "store_newer": {
        "da": "Lageret er lavet af en nyere udgave af Kilde. Det er ikke rørt. Brug den udgave, eller en nyere, til at åbne"
        " det.",
        "en": "The store was made by a newer version of Kilde. It was not touched. Use that version, or a newer one, to"
        " open it.",
    },
    "checks_missing": {
        "da": "Lageret har kontrolsummer, som denne installation ikke kan skrive. Installér pakkerne i requirements.txt igen.",
        "en": "The store carries checksums that this installation cannot write. Install the packages of requirements.txt again.",
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
    "too_many_questions": {
        "da": "{most} spørgsmål er ved at blive besvaret. Prøv igen, når nogle af dem er færdige.",
        "en": "{most} questions are being answered. Try again when some of them are done.",
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
    # what a verification finds, and what a repair did
    "database_damaged": {
        "da": "Databasen er beskadiget ({detail}). Gendan en sikkerhedskopi, eller eksportér det, der kan læses, og importér"
        " det i en ny mappe.",
        "en": "The database is damaged ({detail}). Restore a backup, or export what can be read and import it into a new"
        " folder.",
    },
    "rows_damaged": {
        "da": "{name}: {count} rækker er ikke, hvad der blev skrevet. Reparér, så læses dokumentet igen fra originalen.",
        "en": "{name}: {count} rows are not what was written. Repair, and the document is read again from its original.",
    },
    "row_without_parent": {
        "da": "En række i {table} hører til en række i {parent}, som ikke er der. Reparér, så fjernes den.",
        "en": "A row of {table} belongs to a row of {parent} that is not there. Repair, and it is removed.",
    },
    "pages_without_sums": {
        "da": "Databasen er fra en ældre Kilde og har endnu ingen kontrolsummer. Reparér, så får den dem (det tager et par"
        " minutter).",
        "en": "The database is from an older Kilde and has no checksums yet. Repair, and it gets them (this takes a few"
        " minutes).",
    },
    "original_damaged": {
        "da": "{name}: originalen mangler eller er ikke, hvad den var. Læg den samme fil ind igen, så er den der.",
        "en": "{name}: the original is missing or not what it was. Add the same file again, and it is back.",
    },
    "files_extra": {
        "da": "{count} filer hører ikke til noget dokument. Reparér, så lægges de til side.",
        "en": "{count} files belong to no document. Repair, and they are put aside.",
    },
    "newest_lost": {
        "da": "Efter et nedbrud var de seneste ændringer ikke til at læse; de kan mangle. Se efter, om de sidste dokumenter og"
        " samtaler er der. Resten er gemt som {file}.",
        "en": "After a crash the latest changes could not be read whole; they may be missing. Look whether the last documents"
        " and conversations are there. What is left of them is kept as {file}.",
    },
    "pages_differ": {
        "da": "{name}: {counted} sider er talt, {stored} er gemt. Reparér, så læses dokumentet igen.",
        "en": "{name}: {counted} pages counted, {stored} stored. Repair, and the document is read again.",
    },
    "chunks_differ": {
        "da": "{name}: {counted} bidder og {vectors_counted} vektorer er talt, {stored} og {vectors_stored} er gemt. Reparér,"
        " så tælles og indekseres der igen.",
        "en": "{name}: {counted} chunks and {vectors_counted} vectors counted, {stored} and {vectors_stored} stored. Repair,"
        " and they are counted and indexed again.",
    },
    "chunks_shifted": {
        "da": "{count} bidder er ikke teksten på deres sider. Reparér, så læses dokumenterne igen.",
        "en": "{count} chunks are not the text of their pages. Repair, and the documents are read again.",
    },
    "vectors_other_length": {
        "da": "{count} vektorer har en anden længde end modellens {length}. Reparér, så laves de igen.",
        "en": "{count} vectors have another length than the model’s {length}. Repair, and they are made again.",
    },
    "vectors_differ": {
        "da": "{count} vektorer i hukommelsen var andre end databasens; de er læst igen.",
        "en": "{count} vectors in memory differed from the database; they were read again.",
    },
    "snapshot_differs": {
        "da": "{count} vektorer i det gemte indeks er andre end databasens. Reparér, så laves det igen.",
        "en": "{count} vectors of the saved index differ from the database. Repair, and it is made again.",
    },
    "snapshot_set_aside": {
        "da": "Et beskadiget indeks blev lagt til side som {file} og lavet igen fra databasen. Reparér, så slettes det.",
        "en": "A damaged index was set aside as {file} and made anew from the database. Repair, and it is deleted.",
    },
    "words_damaged": {
        "da": "Indekset over ord er beskadiget. Reparér, så laves det igen.",
        "en": "The index of words is damaged. Repair, and it is made again.",
    },
    "words_missing": {
        "da": "Der er {stored} bidder, men {chunks} i indekset over ord. Reparér, så laves det igen.",
        "en": "There are {stored} chunks, but {chunks} in the index of words. Repair, and it is made again.",
    },
    "repaired_words": {"da": "Indekset over ord er lavet igen.", "en": "The index of words was made again."},
    "repaired_counts": {"da": "Bidder og vektorer er talt igen.", "en": "Chunks and vectors were counted again."},
    "repaired_documents": {
        "da": "{count} dokumenter læses igen fra deres originaler.",
        "en": "{count} documents are read again from their originals.",
    },
    "repaired_rows": {
        "da": "{count} rækker, der hørte til noget, som ikke er der, er fjernet.",
        "en": "{count} rows that belonged to something that is not there were removed.",
    },
    "repaired_snapshot": {
        "da": "Indekset over vektorer er lavet igen fra databasen.",
        "en": "The index of vectors was made again from the database.",
    },
    "repaired_files": {
        "da": "{count} filer er lagt i {folder}. Slet dem, hvis du ikke mangler noget.",
        "en": "{count} files were put into {folder}. Delete them if you miss nothing.",
    },
    "repaired_sums": {
        "da": "Databasen har fået kontrolsummer på alle sider.",
        "en": "All pages of the database were given checksums.",
    },
    "not_exported": {
        "da": "{name} kunne ikke læses helt og er eksporteret som original uden bidder.",
        "en": "{name} could not be read whole, and was exported as its original without chunks.",
    },
    "original_not_exported": {
        "da": "{name}: originalen mangler eller er beskadiget og er ikke eksporteret.",
        "en": "{name}: the original is missing or damaged and was not exported.",
    },
    "nameless_exported": {
        "da": "En original, hvis navn ikke kunne læses, er eksporteret som {name}.",
        "en": "An original whose name could not be read was exported as {name}.",
    },
    "invalid_backup": {
        "da": "Filen er ikke en hel sikkerhedskopi fra Kilde ({detail}). Intet er ændret. Prøv en anden kopi.",
        "en": "The file is no whole backup from Kilde ({detail}). Nothing was changed. Try another copy.",
    },
    "target_taken": {
        "da": "Der er ikke skrevet noget til {file}: {detail}. Vælg et andet sted.",
        "en": "Nothing was written to {file}: {detail}. Choose another place.",
    },
    "in_use": {
        "da": "Kilde kører på mappen {folder}. Luk den, og prøv igen.",
        "en": "Kilde is running on the folder {folder}. Close it and try again.",
    },
    "not_empty": {
        "da": "Mappen {folder} er ikke tom. Vælg en tom mappe, eller bed om at erstatte; så lægges det gamle til side.",
        "en": "The folder {folder} is not empty. Choose an empty one, or ask to replace; the old one is then put aside.",
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
        "pages": {"da": "antal sider", "en": "number of pages"},
        "open_files": {"da": "åbne filer", "en": "open files"},
        "files": {"da": "filer på disken", "en": "files on the disk"},
        "entries": {"da": "antal filer i arkivet", "en": "files in the archive"},
        "unpacked": {"da": "udpakket størrelse", "en": "unpacked size"},
        "ratio": {"da": "pakkeforhold", "en": "compression"},
    },
    "what": {
        "paths": {"da": "stier, der fører ud af filen", "en": "paths that lead out of the file"},
        "links": {"da": "genveje til andre filer", "en": "links to other files"},
        "doubles": {"da": "to dele med samme navn", "en": "two parts with one name"},
        "compression": {"da": "en ukendt pakning", "en": "an unknown compression"},
        "entities": {"da": "XML-entiteter eller en dokumenttype", "en": "XML entities or a document type"},
    },
    "found": {
        "text": {"da": "almindelig tekst", "en": "plain text"},
        "binary": {"da": "ikke tekst", "en": "not text"},
    },
    "detail": {
        "checksum": {"da": "en kontrolsum passer ikke", "en": "a checksum does not match"},
        "text": {"da": "en tekst kan ikke læses", "en": "a text cannot be read"},
        "missing": {"da": "kilde.db mangler", "en": "kilde.db is missing"},
        "empty": {"da": "kilde.db er tom", "en": "kilde.db is empty"},
        "is_folder": {"da": "det er en mappe", "en": "it is a folder"},
        "is_library": {"da": "det er et bibliotek eller en del af et", "en": "it is a library or part of one"},
        "other_file": {
            "da": "der er allerede en fil, som ikke er en sikkerhedskopi",
            "en": "there is a file already that is no backup",
        },
        "noted": {"da": "det står i damaged.json", "en": "damaged.json says so"},
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
