"""The words of the pages, in Danish and English. What the core says (errors, refusals) is in `rag.messages`.

A text's places, such as {name}, are filled by `t`. Texts are Markdown where Streamlit shows them so: values that come
from documents or users go through `rag.ui.text.plain` first.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

LANGUAGES = ("da", "en")
_CHOSEN = "kilde_language"

# key: (Danish, English)
TEXTS: dict[str, tuple[str, str]] = {
    # frame
    "chat": ("Spørg", "Ask"),
    "documents": ("Dokumenter", "Documents"),
    "settings": ("Indstillinger", "Settings"),
    "model_loading": (
        "Gør sprogmodellen klar (første gang, ca. {seconds} s). Du kan lægge dokumenter ind imens.",
        "Getting the language model ready (first time, about {seconds} s). You can add documents meanwhile.",
    ),
    "model_awaited": ("Gør sprogmodellen klar…", "Getting the language model ready…"),
    "model_failed": (
        "Sprogmodellen kunne ikke gøres klar. Indtil da findes der kun på ord, ikke på betydning. {reason}",
        "The language model could not be made ready. Until then only words are matched, not meaning. {reason}",
    ),
    "cannot_open": ("Kilde kunne ikke åbne sit lager. {reason}", "Kilde could not open its store. {reason}"),
    "try_again": ("Prøv igen", "Try again"),
    "cancel": ("Annuller", "Cancel"),
    "close": ("Luk", "Close"),
    # conversations
    "conversations": ("Samtaler", "Conversations"),
    "new_chat": ("Ny samtale", "New chat"),
    "search_conversations": ("Søg i samtaler", "Search conversations"),
    "no_conversations": ("Ingen samtaler endnu.", "No conversations yet."),
    "no_conversations_found": ("Ingen samtale indeholder det.", "No conversation contains that."),
    "older_conversations": ("Vis {count} ældre", "Show {count} older"),
    "conversation_actions": ("Denne samtale", "This conversation"),
    "rename": ("Omdøb", "Rename"),
    "delete": ("Slet", "Delete"),
    "rename_conversation": ("Omdøb samtalen", "Rename the conversation"),
    "delete_conversation": ("Slet samtalen?", "Delete the conversation?"),
    "delete_conversation_text": (
        "Samtalen og alle dens svar slettes. Dokumenterne bliver. Det kan ikke fortrydes.",
        "The conversation and all its answers are deleted. The documents stay. This cannot be undone.",
    ),
    "today": ("I dag", "Today"),
    "yesterday": ("I går", "Yesterday"),
    "earlier": ("Tidligere", "Earlier"),
    # chat
    "ask": ("Spørg dine dokumenter…", "Ask your documents…"),
    "stop": ("Stop", "Stop"),
    "searching": ("Søger i {count} dokumenter…", "Searching {count} documents…"),
    "searching_one": ("Søger i 1 dokument…", "Searching 1 document…"),
    "reading_passages": ("læser {count} tekststeder…", "reading {count} passages…"),
    "writing": ("skriver svaret…", "writing the answer…"),
    "ask_first": ("Hvad vil du vide?", "What would you like to know?"),
    "ask_first_text": (
        "Spørg med dine egne ord. Hvert svar viser, hvilken side det står på.",
        "Ask in your own words. Every answer shows which page it stands on.",
    ),
    "try_asking": ("Prøv for eksempel", "Try for example"),
    # greeting
    "welcome": ("Velkommen til Kilde", "Welcome to Kilde"),
    "welcome_text": (
        "Læg dine dokumenter ind, spørg på dansk eller engelsk, og se ved hver sætning i svaret, hvor den står."
        " Alt bliver på denne maskine.",
        "Add your documents, ask in Danish or English, and see for every sentence of the answer where it stands."
        " Everything stays on this machine.",
    ),
    "welcome_add": ("Læg dokumenter ind", "Add documents"),
    "welcome_samples": ("Prøv med eksempler", "Try the sample documents"),
    "samples_text": (
        "{count} korte dokumenter på dansk og engelsk, så du kan spørge med det samme.",
        "{count} short documents in Danish and English, so that you can ask right away.",
    ),
    # the turn component
    "answer": ("Svar", "Answer"),
    "sources": ("Kilder", "Sources"),
    "sources_used": ("{used} af {all} brugt", "{used} of {all} used"),
    "near_misses": ("Nærmeste tekststeder", "Closest passages"),
    "searched": ("Søgt efter: {searched}", "Searched for: {searched}"),
    "quotes": ("Med dokumenternes egne ord", "In the documents’ own words"),
    "partly": ("delvis belagt", "partly supported"),
    "unsupported": ("ikke belagt", "unsupported"),
    "marker": ("Kilde {number}: {document} {page_label}. Åbn den", "Source {number}: {document} {page_label}. Open it"),
    "regenerate": ("Svar igen", "Regenerate"),
    "copy": ("Kopiér", "Copy"),
    "copied": ("Kopieret", "Copied"),
    "copy_quote": ("Kopiér citat med henvisning", "Copy quote with reference"),
    "open_source": (
        "Åbn kilde {number}: {document} {page_label}",
        "Open source {number}: {document} {page_label}",
    ),
    "open_page": ("Åbn siden", "Open page"),
    "open_text": ("Åbn teksten", "Open text"),
    "show_whole": ("Vis hele stedet", "Show whole passage"),
    "show_less": ("Vis mindre", "Show less"),
    "why": ("Hvorfor denne?", "Why this one?"),
    "rank": ("Samlet", "Together"),
    "by_meaning": ("På betydning", "By meaning"),
    "by_words": ("På ord", "By words"),
    "place": ("Plads", "Place"),
    "score": ("Score", "Score"),
    "gone": (
        "Dokumentet er her ikke længere. Tekststedet vises, som det var.",
        "This document is no longer here. The passage is shown as it was.",
    ),
    "evidence": ("Kilden i {document}", "The source in {document}"),
    "pages": ("Sider", "Pages"),
    "page": ("s. {page}", "p. {page}"),
    "page_of": ("Side {page} af {pages}", "Page {page} of {pages}"),
    "previous": ("Forrige side", "Previous page"),
    "next": ("Næste side", "Next page"),
    "zoom": ("Forstør", "Zoom"),
    "page_picture": ("Side {page} i {document}", "Page {page} of {document}"),
    "seconds": ("{seconds} s", "{seconds} s"),
    # documents
    "drop_files": (
        "Læg PDF-, tekst- eller Markdown-filer ind",
        "Add PDF, text or Markdown files",
    ),
    "drop_folder": ("Læg en hel mappe ind", "Add a whole folder"),
    "files": ("Filer", "Files"),
    "folder": ("Mappe", "Folder"),
    "browse_files": ("Vælg filer", "Browse files"),
    "browse_folder": ("Vælg mappe", "Browse folder"),
    "upload_limits": (
        "eller slip dem her · PDF, TXT, Markdown · højst {limit} MB pr. fil",
        "or drop them here · PDF, TXT, Markdown · {limit} MB a file at most",
    ),
    "what_to_add": ("Hvad vil du lægge ind?", "What do you want to add?"),
    "results": ("Modtaget", "Received"),
    "there_count": ("{count} var her allerede", "{count} here already"),
    "skipped_count": ("{count} sprunget over", "{count} skipped"),
    "passed_over": (
        "{count} filer af andre typer i mappen er ikke taget med",
        "{count} files of other types in the folder were left out",
    ),
    "dismiss": ("Skjul listen", "Dismiss"),
    "accepted": ("modtaget", "accepted"),
    "accepted_count": ("{count} modtaget", "{count} accepted"),
    "refused_count": ("{count} ikke modtaget", "{count} not accepted"),
    "taken_count": ("{count} afventer dit valg", "{count} waiting for your choice"),
    "replace": ("Erstat", "Replace"),
    "keep_both": ("Behold begge", "Keep both"),
    "skip": ("Spring over", "Skip"),
    "replaced": ("erstattet", "replaced"),
    "kept_both": ("begge beholdt", "both kept"),
    "skipped": ("sprunget over", "skipped"),
    "indexing": ("{done} af {all} dokumenter færdige", "{done} of {all} documents done"),
    "chunks_done": ("{done} af {all} bidder", "{done} of {all} chunks"),
    "seconds_left": ("ca. {count} s tilbage", "about {count} s left"),
    "minutes_left": ("ca. {count} min tilbage", "about {count} min left"),
    "hours_left": ("ca. {count} t tilbage", "about {count} h left"),
    "cancel_all": ("Stop indeksering", "Cancel"),
    "cancelled": (
        "Indlæsningen er stoppet. Det, der nåede ind, kan findes. Vælg Genindeksér for resten.",
        "Indexing was stopped. What was done can be found. Choose Re-index for the rest.",
    ),
    "search_documents": ("Søg i navne", "Search names"),
    "no_documents_found": ("Intet dokument hedder sådan.", "No document has such a name."),
    "name": ("Navn", "Name"),
    "type": ("Type", "Type"),
    "state": ("Tilstand", "State"),
    "page_count": ("Sider", "Pages"),
    "chunk_count": ("Bidder", "Chunks"),
    "size": ("Størrelse", "Size"),
    "added": ("Lagt ind", "Added"),
    "state_waiting": ("venter", "waiting"),
    "state_reading": ("læses", "being read"),
    "state_reading_pages": ("læses, {done} af {all} sider", "being read, {done} of {all} pages"),
    "state_findable": ("kan findes på ord, {percent} %", "findable by word, {percent} %"),
    "state_ready": ("klar", "ready"),
    "state_stopped": ("stoppet", "stopped"),
    "state_failed": ("kunne ikke læses", "could not be read"),
    "selected": ("{count} valgt", "{count} selected"),
    "select_one": ("Vælg {name}", "Select {name}"),
    "select_all": ("Vælg alle", "Select all"),
    "select_hint": (
        "Sæt flueben ved et eller flere dokumenter for at hente, omdøbe, genindeksere eller slette dem.",
        "Tick one or more documents to download, rename, re-index or delete them.",
    ),
    "download": ("Hent", "Download"),
    "reindex": ("Genindeksér", "Re-index"),
    "rename_document": ("Omdøb dokumentet", "Rename the document"),
    "delete_documents": ("Slet {count} dokumenter?", "Delete {count} documents?"),
    "delete_one": ("Slet dokumentet?", "Delete the document?"),
    "delete_documents_text": (
        "Det slettede kan ikke længere findes. Tidligere svar viser stadig de tekststeder, de bygger på. Det kan ikke"
        " fortrydes.",
        "What is deleted can no longer be found. Earlier answers still show the passages they rest on. This cannot be"
        " undone.",
    ),
    # settings
    "setting_default": ("Standard: {default}. Tilladt: {allowed}.", "Default: {default}. Allowed: {allowed}."),
    "setting_origin_environment": ("Sat af miljøet (KILDE_{name}).", "Set by the environment (KILDE_{name})."),
    "k": ("Tekststeder pr. svar", "Passages per answer"),
    "k_help": (
        "Hvor mange tekststeder der hentes til hvert spørgsmål og vises som kilder.",
        "How many passages are retrieved for each question and shown as sources.",
    ),
    "chunk_size": ("Bidstørrelse", "Chunk size"),
    "chunk_size_help": (
        "Hvor store stykker dokumenterne deles i, i modellens tokens. Små er præcise, store giver mere sammenhæng.",
        "How large the pieces are that documents are cut into, in the model’s tokens. Small is exact, large has"
        " more context.",
    ),
    "overlap": ("Overlap", "Overlap"),
    "overlap_help": (
        "Hvor mange tokens to nabobidder deler, så intet går tabt ved snittet. Under halvdelen af bidstørrelsen.",
        "How many tokens two neighbouring chunks share, so that nothing is lost at the cut. Less than half the"
        " chunk size.",
    ),
    "embedding_model": ("Søgemodel", "Embedding model"),
    "embedding_model_help": (
        "Modellen, der finder tekst på betydning: et id fra et modelarkiv eller en mappe på maskinen.",
        "The model that finds text by meaning: an id of a model hub or a folder on this machine.",
    ),
    "answer_model": ("Svarmodel", "Answer model"),
    "judge_model": ("Kontrolmodel", "Checking model"),
    "judge_model_help": (
        "Ser efter, om et tekststed siger det, en sætning i et skrevet svar siger. En cross-encoder til NLI, som mappe"
        " eller id; uden den afgør ord, tal og navne det sammen med betydningen.",
        "Checks whether a passage says what a sentence of a written answer says. A cross-encoder for NLI, as a folder"
        " or an id; without one, words, numbers and names decide it together with the meaning.",
    ),
    "no_judge": ("Ingen", "None"),
    "answer_model_help": (
        "Citater svarer med dokumenternes egne sætninger. Et model-id eller en mappe får også et svar skrevet.",
        "Quotes answer with the documents’ own sentences. A model id or a folder has an answer written as well.",
    ),
    "quoting_choice": ("Citater (uden sprogmodel)", "Quotes (no language model)"),
    "language": ("Sidens sprog", "Language of the page"),
    "language_help": (
        "Sproget på knapper og beskeder. Spørgsmål kan altid stilles på begge.",
        "The language of buttons and messages. Questions can always be asked in both.",
    ),
    "language_auto": ("Som browseren", "As the browser"),
    "language_da": ("Dansk", "Dansk"),
    "language_en": ("English", "English"),
    "page_settings": ("Siden", "Page"),
    "allowed_model": (
        "et id eller en mappe på én linje, højst 500 tegn",
        "an id or a folder on one line, 500 characters at most",
    ),
    "save_settings": ("Gem indstillinger", "Save settings"),
    "settings_saved": ("Indstillingerne er gemt.", "The settings have been saved."),
    "settings_unchanged": ("Der er intet at gemme.", "There is nothing to save."),
    "reset_settings": ("Tilbage til standard", "Back to defaults"),
    "answers": ("Svar", "Answers"),
    "indexing_settings": ("Indeksering", "Indexing"),
    "needs_reindex": ("Ændringen kræver, at alt genindekseres", "The change needs everything to be indexed again"),
    "needs_reindex_text": (
        "{documents} dokumenter, omkring {chunks} bidder, skal indekseres igen: {time}. Imens svarer Kilde ud fra det,"
        " der er nu, og skifter først, når det nye er helt færdigt.",
        "{documents} documents, about {chunks} chunks, have to be indexed again: {time}. Meanwhile Kilde answers from"
        " what is there now, and switches only when the new is complete.",
    ),
    "reindex_confirm": ("Genindeksér", "Index again"),
    "time_seconds": ("ca. {count} sekunder", "about {count} seconds"),
    "time_minutes": ("ca. {count} minutter", "about {count} minutes"),
    "time_hours": ("ca. {count} timer", "about {count} hours"),
    "building": (
        "Det nye bygges ved siden af det gamle: {done} af {all} bidder.",
        "The new is being built beside the old: {done} of {all} chunks.",
    ),
    # health
    "change_begun": (
        "Det nye bygges ved siden af. Indtil det er færdigt, svares der som før.",
        "The new is being built beside the old. Until it is complete, answers come as before.",
    ),
    "change_called_off": ("Alt er, som det var.", "All is as it was."),
    "defaults_shown": (
        "Felterne viser standard. Vælg Gem for at bruge dem.",
        "The fields show the defaults. Save to use them.",
    ),
    "change_done": ("Det nye er i brug.", "The new is in use."),
    "change_failed": ("Skiftet blev opgivet; alt er, som det var.", "The change was given up; all is as it was."),
    "change_model": ("Gør {model} klar…", "Getting {model} ready…"),
    "health": ("Tilstand", "Health"),
    "count_document": ("Dokumenter", "Documents"),
    "count_page": ("Sider", "Pages"),
    "count_chunk": ("Bidder", "Chunks"),
    "count_conversation": ("Samtaler", "Conversations"),
    "count_turn": ("Svar", "Answers"),
    "on_disk": ("På disken", "On disk"),
    "versions": ("Versioner", "Versions"),
    "origin_package": ("fra pakken {detail}", "from the package {detail}"),
    "origin_folder": ("fra mappen {detail}", "from the folder {detail}"),
    "origin_hub": ("fra modelarkivet {detail}", "from the model hub {detail}"),
    "verify": ("Kontrollér lageret", "Verify the store"),
    "verify_help": (
        "Læser alt igennem og sammenligner det med kontrolsummerne.",
        "Reads everything through and compares it with the checksums.",
    ),
    "verifying": ("Kontrollerer…", "Verifying…"),
    "verified_good": ("Alt er, som det skal være.", "All is as it should be."),
    "verified_bad": ("{count} ting er ikke, som de skal være:", "{count} things are not as they should be:"),
    "last_verified": ("Sidst kontrolleret {when}", "Last verified {when}"),
    "never_verified": ("Ikke kontrolleret endnu.", "Not verified yet."),
    "model_state_absent": ("ikke indlæst", "not loaded"),
    "model_state_loading": ("gøres klar", "getting ready"),
    "model_state_preparing": ("hentes eller pakkes ud", "being fetched or unpacked"),
    "model_state_ready": ("klar", "ready"),
    "model_state_failed": ("virker ikke", "not working"),
}


def text(key: str, language: str, **values: Any) -> str:
    """The text for `key` in "da" or "en", with `values` put in. Raises KeyError for an unknown key.

    Places without a value stay as they are: the browser fills those of the turn component.
    """
    danish, english = TEXTS[key]
    return (danish if language == "da" else english).format_map(_Open(values))


def t(key: str, **values: Any) -> str:
    """`text` in the language of this session."""
    return text(key, language(), **values)


def choose_language(setting: str) -> str:
    """Settles the language of this run: the setting, or with "auto" that of the browser, English where in doubt."""
    locale = "" if setting in LANGUAGES else str(st.context.locale or "")
    chosen = setting if setting in LANGUAGES else "da" if locale.lower().partition("-")[0] == "da" else "en"
    st.session_state[_CHOSEN] = chosen
    return chosen


def language() -> str:
    """The language settled by `choose_language` in this session, "en" before that."""
    return str(st.session_state.get(_CHOSEN, "en"))


class _Open(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
