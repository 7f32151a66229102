"""The words of the pages, in Danish and English. What the core says (errors, refusals) is in `rag.core.messages`.

A text's places, such as {name}, are filled by `t`. Texts are Markdown where Streamlit shows them so: values that come
from documents or users go through `rag.ui.shell.formatting.plain` first.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag.ui.i18n import angle, assistants, models, panels, sources, units

LANGUAGES = ("da", "en")
_CHOSEN = "kilde_language"

# key: (Danish, English)
_OTHERS: dict[str, tuple[str, str]] = {
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
    "more_found": ("Og {count} flere. Skriv mere for at finde dem.", "And {count} more. Write more to find them."),
    "archive": ("Arkivér", "Archive"),
    "unarchive": ("Tag ud af arkivet", "Take out of the archive"),
    "archived": ("Arkiverede ({count})", "Archived ({count})"),
    "share_conversation": ("Hent samtalen som fil", "Download the conversation"),
    "share_sources": ("Med kildernes tekst", "With the text of the sources"),
    "scope_all": ("Alle dokumenter", "All documents"),
    "scope_of": ("Spørger i: {scope}", "Asking: {scope}"),
    "scope_help": ("Vælg, hvad der spørges i", "Choose what is asked"),
    "scope_clear": ("Spørg i alle", "Ask all documents"),
    "scope_choose_documents": ("Kun disse dokumenter", "Only these documents"),
    "scope_search_documents": ("Søg efter et dokument", "Search for a document"),
    "scope_choose_tags": ("Og dokumenter med disse mærker", "And documents with these tags"),
    "scope_search_tags": ("Søg efter et mærke", "Search for a tag"),
    "scope_all_pages": ("Hele dokumentet", "The whole document"),
    "scope_documents": ("{count} dokumenter", "{count} documents"),
    "scope_tags": ("mærke: {tags}", "tag: {tags}"),
    "scope_nothing": ("dokumenter, der ikke er her længere", "documents that are no longer here"),
    "scope_note": (
        "Gælder de næste spørgsmål i samtalen. Intet valgt betyder alle dokumenter.",
        "Holds for the next questions of this conversation. Nothing chosen means all documents.",
    ),
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
    "turn_awaited": ("venter, mens andre spørgsmål besvares…", "waiting while other questions are answered…"),
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
    "show_whole": ("Vis alt", "Show all"),
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
    "zoom": ("Størrelse", "Zoom"),
    "changed": (
        "Dokumentet er ændret siden. Sådan stod der dengang.",
        "The document has changed since; this is what it said then.",
    ),
    "cited_pages": ("Sider med kilder", "Pages with sources"),
    "continued": ("Begynder på side {page}", "Begins on page {page}"),
    "continues": ("Fortsætter på side {page}", "Continues on page {page}"),
    "go_to_page": ("Gå til side", "Go to page"),
    "no_page_text": ("Siden har ingen tekst.", "This page has no text."),
    "by_ocr": (
        "Læst med OCR: teksten er genkendt i et billede og kan have fejl.",
        "Read by OCR: the text was recognised in a picture and may have mistakes.",
    ),
    "keep_as_it_is": ("Behold, som det er", "Keep as it is"),
    "not_exact": (
        "Tekststederne kan ikke vises på billedet af denne side. De er markeret i teksten.",
        "The passages cannot be shown on the picture of this page. They are marked in the text.",
    ),
    "page_text": ("Sidens tekst", "Text of the page"),
    "page_with_sources": ("Side {page}, kilde {numbers}", "Page {page}, source {numbers}"),
    "short_page": ("s. {page}", "p. {page}"),
    "source_number": ("Kilde {number}", "Source {number}"),
    "text_beside": ("Tekst ved siden af", "Text beside the picture"),
    "zoom_fit": ("Tilpas til bredden", "Fit to width"),
    "zoom_in": ("Forstør", "Zoom in"),
    "zoom_out": ("Formindsk", "Zoom out"),
    "page_picture": ("Side {page} i {document}", "Page {page} of {document}"),
    "seconds": ("{seconds} s", "{seconds} s"),
    # questioning an answer
    "and_more": ("og {count} til", "and {count} more"),
    "angle": ("vinklen", "the angle"),
    "another_model": ("En anden model", "Another model"),
    "answer_anyway": ("Svar alligevel ud fra dem", "Answer from them anyway"),
    "ask_again": ("Spørg igen", "Ask again"),
    "ask_this": ("Spørg", "Ask"),
    "asked_of": ("Spurgt i: {scope}", "Asked of: {scope}"),
    "chosen_back": ("{count} taget med igen", "{count} taken back"),
    "chosen_documents": ("{count} dokument udeladt", "{count} document left out"),
    "chosen_passages": ("{count} udeladt", "{count} left out"),
    "chosen_pinned": ("{count} fastholdt", "{count} pinned"),
    "compare": ("Sammenlign", "Compare"),
    "copy_bare": ("Kopiér uden kilder", "Copy without sources"),
    "document_many": ("{count} dokumenter", "{count} documents"),
    "document_one": ("1 dokument", "1 document"),
    "doubtful": ("Usikkert svar", "Doubtful answer"),
    "edit_question": ("Ret spørgsmålet", "Edit question"),
    "exclude": ("Udelad stedet", "Leave out passage"),
    "exclude_document": ("Udelad dokumentet", "Leave out document"),
    "excluded": ("Udelades", "Left out"),
    "excluded_document": ("Dokumentet udelades", "Document left out"),
    "how": ("Hvordan?", "How?"),
    "lacks": ("Mangler: {words}", "Lacks: {words}"),
    "left_out": ("Udeladt", "Left out"),
    "left_out_document": ("hele dokumentet", "whole document"),
    "left_out_passage": ("et sted", "a passage"),
    "let_in": ("Tag med igen", "Take back"),
    "more": ("Mere", "More"),
    "more_of_card": ("Mere om kilde {number}", "More for source {number}"),
    "near_misses_count": ("Næsten med ({count})", "Near misses ({count})"),
    "near_score": ("Score {score}; det sidste brugte sted: {last}", "Score {score}; the last passage used: {last}"),
    "no_name": ("Et dokument, som er fjernet", "A document that was removed"),
    "no_room": (
        "Modellen har ikke læst dette sted: der var ikke plads.",
        "The model did not read this passage: there was no room for it.",
    ),
    "note": ("Note", "Note"),
    "note_said": ("Note: {note}", "Note: {note}"),
    "note_save": ("Gem", "Save"),
    "other_model": ("En anden models navn eller mappe", "Name or folder of another model"),
    "passage_many": ("{count} steder", "{count} passages"),
    "passage_one": ("1 sted", "1 passage"),
    "pin": ("Fasthold", "Pin"),
    "pin_name": ("Fasthold {document} {page_label}", "Pin {document} {page_label}"),
    "pinned": ("Fastholdt", "Pinned"),
    "quoting_model": ("Kun citater", "Quotes only"),
    "right": ("Rigtigt", "Right"),
    "right_here": ("Det rigtige står her", "The right one is here"),
    "right_here_help": (
        "Markér først teksten, der svarer på spørgsmålet",
        "First select the text that answers the question",
    ),
    "saved_here": ("Gemt", "Saved"),
    "select_first": ("Markér først teksten", "First select the text"),
    "selection_not_found": (
        "Det markerede kunne ikke findes på siden. Markér en sammenhængende tekst på én side, og prøv igen.",
        "What was selected could not be found on the page. Select one run of text on one page and try again.",
    ),
    "right_name": ("Rigtigt sted: {document} {page_label}", "Right passage: {document} {page_label}"),
    "searched_in": ("Søgt i: {scope}.", "Searched: {scope}."),
    "searched_without": ("Udeladt: {names}.", "Left out: {names}."),
    "undo": ("Fortryd", "Undo"),
    "variant": ("{index} af {count}", "{index} of {count}"),
    "variant_next": ("Næste udgave af svaret", "Next version of the answer"),
    "variant_previous": ("Forrige udgave af svaret", "Previous version of the answer"),
    "vote_down": ("Dårligt svar", "Poor answer"),
    "vote_up": ("Godt svar", "Good answer"),
    "whole_passage": ("Vis alt fra {document} {page_label}", "Show all from {document} {page_label}"),
    "wrong": ("Forkert", "Wrong"),
    "wrong_name": ("Forkert sted: {document} {page_label}", "Wrong passage: {document} {page_label}"),
    # a document's own page
    "document": ("Dokument", "Document"),
    "all_documents": ("Alle dokumenter", "All documents"),
    "open_document": ("Åbn dokumentets side", "Open the document’s page"),
    "document_not_here": (
        "Dokumentet er her ikke. Det kan være slettet, eller adressen er forkert.",
        "This document is not here. It may have been deleted, or the address is wrong.",
    ),
    "document_not_read_yet": (
        "Dokumentet er ikke læst endnu. Siden viser det, så snart det er.",
        "The document has not been read yet. This page shows it as soon as it has.",
    ),
    "one_page": ("1 side", "1 page"),
    "pages_count": ("{count} sider", "{count} pages"),
    "one_chunk": ("1 bid", "1 chunk"),
    "chunks_count": ("{count} bidder", "{count} chunks"),
    "added_when": ("lagt ind {when}", "added {when}"),
    "tags": ("Mærker", "Tags"),
    "tags_help": (
        "Skriv et nyt mærke, eller vælg et. Samtaler kan begrænses til dokumenter med et mærke.",
        "Write a new tag or choose one. Conversations can be limited to documents with a tag.",
    ),
    "tags_on_some": ("Kun på nogle af de valgte: {tags}", "On some of them only: {tags}"),
    "add_tag": ("Tilføj mærke", "Add a tag"),
    "ask_document": ("Spørg dokumentet", "Ask this document"),
    "ask_document_placeholder": (
        "Svaret søges kun i dette dokument",
        "The answer is looked for in this document only",
    ),
    "ask_document_empty": ("Skriv et spørgsmål først.", "Write a question first."),
    "ask_page": ("Spørg side {page}", "Ask page {page}"),
    "ask_page_help": (
        "Svaret søges kun på den side, der vises herunder.",
        "The answer is looked for only on the page shown below.",
    ),
    "suggesting": ("Finder spørgsmål, som dokumentet svarer på…", "Finding questions that the document answers…"),
    "suggested_questions": (
        "Spørgsmål, som dokumentet svarer på (afprøvet)",
        "Questions that the document answers (tried out)",
    ),
    "show": ("Vis", "Show"),
    "document_read": ("Læs", "Read"),
    "document_overview": ("Overblik", "Overview"),
    "document_chunks": ("Som søgningen ser det", "As the search sees it"),
    "outline": ("Indhold", "Outline"),
    "search_headings": ("Søg i overskrifter", "Search headings"),
    "no_headings": ("Dokumentet har ingen overskrifter.", "The document has no headings."),
    "no_headings_found": ("Ingen overskrift passer.", "No heading fits."),
    "open_page_number": ("Vis side {page}", "Show page {page}"),
    "part_of": ("del {part} af {parts}", "part {part} of {parts}"),
    "show_borders": ("Som søgningen ser siden", "As the search sees the page"),
    "show_text": ("Som tekst", "As text"),
    "borders_legend": (
        "{count} bidder på siden. De skifter farve, og hvor farverne ligger oven i hinanden, hører teksten til begge.",
        "{count} chunks lie on this page. They alternate in colour, and where the colours overlap the text belongs to"
        " both.",
    ),
    "no_chunks_here": ("Søgningen har ingen tekst fra denne side.", "The search has no text of this page."),
    "overview_by_meaning": (
        "Dokumentets egne sætninger, ordret: de sætninger i hvert afsnit, der ligner hele afsnittet mest.",
        "The document’s own sentences, word for word: those of each section that are most like all of it.",
    ),
    "overview_by_words": (
        "Dokumentets egne sætninger, ordret, valgt efter ordene alene: dokumentet er ikke indekseret på betydning"
        " endnu.",
        "The document’s own sentences, word for word, chosen by their words alone: the document is not indexed by"
        " meaning yet.",
    ),
    "no_overview": (
        "Der er ingen hele sætninger at vise et overblik med.",
        "There are no whole sentences to show an overview with.",
    ),
    "all_sections": ("Vis alle {count} afsnit", "Show all {count} sections"),
    "page_range": ("s. {page}–{last}", "p. {page}–{last}"),
    "whole_document": ("Hele dokumentet", "The whole document"),
    "chunks_as_searched": ("Bidder, som søgningen ser dem", "Chunks as the search sees them"),
    "search_chunks": ("Søg i bidderne", "Search the chunks"),
    "only_page": ("Kun side {page}", "Page {page} only"),
    "chunks_shown": ("{first}–{last} af {found} bidder", "{first}–{last} of {found} chunks"),
    "previous_chunks": ("Forrige", "Previous"),
    "next_chunks": ("Næste", "Next"),
    "no_chunks_found": ("Ingen bid har alle de ord.", "No chunk has all those words."),
    "no_chunks": ("Dokumentet har ingen bidder.", "The document has no chunks."),
    "chunk_size_of": ("{tokens} tokens, {characters} tegn", "{tokens} tokens, {characters} characters"),
    "has_vector": ("findes på betydning og ord", "found by meaning and words"),
    "lacks_vector": ("uden vektor: findes kun på ord", "no vector: found by words only"),
    "in_front": ("Foran teksten læser modellen:", "In front of the text the model reads:"),
    "nothing_in_front": ("Modellen læser teksten alene.", "The model reads the text alone."),
    "indexed_words": ("{count} ord i søgningens indeks", "{count} words in the search index"),
    "of_headings": ("Overskrifter:", "Headings:"),
    # documents
    "drop_files": (
        "Læg PDF-, Word-, PowerPoint-, Excel- eller tekstfiler ind",
        "Add PDF, Word, PowerPoint, Excel or text files",
    ),
    "drop_folder": ("Læg en hel mappe ind", "Add a whole folder"),
    "files": ("Filer", "Files"),
    "folder": ("Mappe", "Folder"),
    "browse_files": ("Vælg filer", "Browse files"),
    "browse_folder": ("Vælg mappe", "Browse folder"),
    "upload_limits": (
        "eller slip dem her · {known} · højst {limit} MB pr. fil",
        "or drop them here · {known} · {limit} MB a file at most",
    ),
    "what_to_add": ("Hvad vil du lægge ind?", "What do you want to add?"),
    "results": ("Modtaget", "Received"),
    "there_count": ("{count} var her allerede", "{count} here already"),
    "skipped_count": ("{count} sprunget over", "{count} skipped"),
    "files_without_room": (
        "Filer, der ikke var plads til: {count}. Højst {limit} GB kan sendes på én gang; tilføj resten igen.",
        "Files there was no room for: {count}. At most {limit} GB can be sent at once; add the rest again.",
    ),
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
    "search_documents": ("Søg i navne og mærker", "Search names and tags"),
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
        "Sæt flueben ved et eller flere dokumenter for at mærke, hente, omdøbe, genindeksere eller slette dem.",
        "Tick one or more documents to tag, download, rename, re-index or delete them.",
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
    # saved questions
    "saved_questions": ("Gemte spørgsmål", "Saved questions"),
    "saved_question": ("Gemt spørgsmål", "Saved question"),
    "no_saved_questions": (
        "Her er ingen endnu. Giv et svar tommel op eller ned, eller sig ved en kilde, om den var rigtig: så bliver"
        " spørgsmålet gemt her.",
        "There are none yet. Give an answer a thumb up or down, or say of a source whether it was right: then the"
        " question is saved here.",
    ),
    "no_saved_questions_text": (
        "Gemte spørgsmål kan stilles igen, når dokumenter eller indstillinger er ændret, så du ser, om svarene blev"
        " bedre.",
        "Saved questions can be asked again when documents or settings have changed, so that you see whether the"
        " answers became better.",
    ),
    "run_questions_text": (
        "Stil alle gemte spørgsmål igen med de nuværende dokumenter og indstillinger, og se, om de rigtige tekststeder"
        " bliver fundet.",
        "Ask all saved questions again with the documents and settings of now, and see whether the right passages are"
        " found.",
    ),
    "run_questions": ("Stil {count} spørgsmål igen", "Ask {count} questions again"),
    "run_one_question": ("Stil spørgsmålet igen", "Ask the question again"),
    "questions_done": ("{done} af {all} spørgsmål stillet", "{done} of {all} questions asked"),
    "run_failed": ("Kørslen blev ikke færdig.", "The run did not come to its end."),
    "run_title": (
        "Hvor de rigtige tekststeder kommer ({count} spørgsmål)",
        "Where the right passages come ({count} questions)",
    ),
    "run_title_one": ("Hvor det rigtige tekststed kommer (1 spørgsmål)", "Where the right passage comes (1 question)"),
    "right_first": ("Rigtigt tekststed først (R@1)", "Right passage first (R@1)"),
    "right_among": ("Rigtigt tekststed blandt de første {k} (R@{k})", "Right passage among the first {k} (R@{k})"),
    "mrr": ("Gennemsnit af 1/plads (MRR)", "Mean of 1/place (MRR)"),
    "now": ("Nu", "Now"),
    "before": ("Før", "Before"),
    "place_now": ("Plads nu", "Place now"),
    "place_before": ("Plads før", "Place before"),
    "nothing_scored": (
        "Ingen af spørgsmålene har et rigtigt tekststed, så der er ingen plads at måle.",
        "None of the questions has a right passage, so there is no place to measure.",
    ),
    "ran": ("Kørt {when}", "Ran {when}"),
    "answered_of": ("{answered} af {all} besvaret", "{answered} of {all} answered"),
    "with_wrong": (
        "{count} med et forkert tekststed blandt kilderne",
        "{count} with a wrong passage among the sources",
    ),
    "compared_over": (
        "sammenlignet over de {count} spørgsmål, som begge kørsler har",
        "compared over the {count} questions that both runs have",
    ),
    "settings_changed": ("Ændret siden kørslen før: {changes}", "Changed since the run before: {changes}"),
    "search_questions": ("Søg i spørgsmål", "Search questions"),
    "no_questions_found": ("Intet gemt spørgsmål passer til det.", "No saved question fits that."),
    "question": ("Spørgsmål", "Question"),
    "vote": ("Vurdering", "Vote"),
    "all_votes": ("Alle", "All"),
    "vote_good": ("godt svar", "good answer"),
    "vote_bad": ("dårligt svar", "bad answer"),
    "vote_none": ("ikke vurderet", "no vote"),
    "scenario": ("Scenarie", "Scenario"),
    "all_scenarios": ("Alle", "All"),
    "no_scenario": ("uden scenarie", "no scenario"),
    "scenario_of_chosen": ("Scenarie for de valgte", "Scenario of those selected"),
    "scenario_help": (
        "Et navn for spørgsmål, der hører sammen. Tomt tager dem ud af deres scenarie.",
        "A name for questions that belong together. Empty takes them out of theirs.",
    ),
    "save": ("Gem", "Save"),
    "result": ("Udfald", "Outcome"),
    "rank_none": ("ikke fundet", "not found"),
    "better": ("▲ bedre", "▲ better"),
    "worse": ("▼ dårligere", "▼ worse"),
    "not_asked": ("ikke stillet endnu", "not asked yet"),
    "was_answered": ("besvaret", "answered"),
    "was_refused": ("afvist: står der ikke", "refused: not said there"),
    "wrong_at": ("forkert tekststed som nr. {rank}", "wrong passage as no. {rank}"),
    "open_question": ("Åbn spørgsmålet", "Open the question"),
    "select_questions_hint": (
        "Åbn et spørgsmål for at se dets tekststeder. Sæt flueben ved et eller flere for at give dem et scenarie eller"
        " slette dem.",
        "Open a question to see its passages. Tick one or more to give them a scenario or delete them.",
    ),
    "delete_question": ("Slet spørgsmålet?", "Delete the question?"),
    "delete_questions": ("Slet {count} spørgsmål?", "Delete {count} questions?"),
    "delete_questions_text": (
        "Vurdering, note og forventede tekststeder slettes med. Samtalen bliver. Det kan ikke fortrydes.",
        "Vote, note and expected passages are deleted too. The conversation stays. This cannot be undone.",
    ),
    "saved_when": ("gemt {when}", "saved {when}"),
    "turn_gone": (
        "Samtalen, som spørgsmålet kom fra, er her ikke.",
        "The conversation that the question came from is not here.",
    ),
    "open_answer": ("Åbn svaret", "Open the answer"),
    "no_passages": ("Ingen tekststeder er mærket.", "No passages are marked."),
    "passage_right": ("Rigtigt tekststed", "Right passage"),
    "passage_wrong": ("Forkert tekststed", "Wrong passage"),
    "passage_implied": ("citeret i et svar med tommel op", "cited in an answer with a thumb up"),
    "question_files": ("Hent eller læg ind", "Export and import"),
    "export_text": (
        "CSV åbner i et regneark. JSON kan lægges ind igen her eller på en anden maskine; den indeholder teksten af de"
        " dokumenter, som de rigtige tekststeder står i.",
        "CSV opens in a spreadsheet. JSON can be imported again here or on another machine; it holds the text of the"
        " documents that the right passages stand in.",
    ),
    "export_csv": ("Hent som CSV", "Export as CSV"),
    "export_json": ("Hent som JSON", "Export as JSON"),
    "export_name": ("gemte-spoergsmaal", "saved-questions"),
    "import_questions": ("Læg spørgsmål ind fra en JSON-fil", "Import questions from a JSON file"),
    "questions_imported": ("Spørgsmål lagt ind: {count}.", "Questions imported: {count}."),
    "browse_file": ("Vælg fil", "Browse file"),
    "import_limits": ("eller slip den her · JSON · højst 50 MB", "or drop it here · JSON · 50 MB at most"),
    "import_known": ("Alle spørgsmål i filen er her allerede.", "All questions in the file are here already."),
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
    "checking": ("holder svaret op mod tekststederne…", "holding the answer against the passages…"),
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
    "written_in_da": ("dansk", "Danish"),
    "written_in_en": ("engelsk", "English"),
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
    "repair": ("Reparér", "Repair"),
    "repair_help": (
        "Laver det igen, som kan laves igen, og siger, hvad der er tilbage. Intet, du har lagt ind, slettes.",
        "Makes anew what can be made anew, and says what is left. Nothing that you added is deleted.",
    ),
    "repaired": ("Det blev gjort:", "This was done:"),
    "backup": ("Tag sikkerhedskopi", "Make a backup"),
    "backup_help": (
        "Én fil med alle dokumenter, samtaler og indstillinger, læst igennem efter skrivningen. Den gendannes med"
        " python -m rag restore.",
        "One file with all documents, conversations and settings, read through after it was written."
        " python -m rag restore puts it back.",
    ),
    "backup_made": (
        "Sikkerhedskopien er taget og kontrolleret: {path} ({size}).",
        "The backup was made and checked: {path} ({size}).",
    ),
    "backup_missing": (
        "Disse dokumenters originaler mangler og er ikke med: {names}",
        "The originals of these documents are missing and not in it: {names}",
    ),
    "backup_download": ("Hent sikkerhedskopien", "Download the backup"),
    "last_verified": ("Sidst kontrolleret {when}", "Last verified {when}"),
    "never_verified": ("Ikke kontrolleret endnu.", "Not verified yet."),
    "model_state_absent": ("ikke indlæst", "not loaded"),
    "model_state_loading": ("gøres klar", "getting ready"),
    "model_state_preparing": ("hentes eller pakkes ud", "being fetched or unpacked"),
    "model_state_ready": ("klar", "ready"),
    "model_state_failed": ("virker ikke", "not working"),
    # the ledger
    "ledger": ("Sådan blev svaret til", "How did this answer come about?"),
    "ledger_unknown": (
        "Der er ikke noget svar på denne adresse. Det kan være slettet sammen med sin samtale.",
        "There is no answer at this address. It may have been deleted together with its conversation.",
    ),
    "back_to_conversation": ("Tilbage til samtalen", "Back to the conversation"),
    "ledger_copy_link": ("Kopiér link til denne side", "Copy link to this page"),
    "ledger_since": ("Siden da", "Since then"),
    "since_changed": (
        "{name} er ændret. Her står det, som det var dengang.",
        "{name} has changed. What stands here is what it said then.",
    ),
    "since_gone": (
        "{name} er her ikke længere. Her står det, som det var dengang.",
        "{name} is no longer here. What stands here is what it said then.",
    ),
    "now_changed": ("ændret siden", "changed since"),
    "now_gone": ("ikke her mere", "no longer here"),
    "not_recorded": ("ikke registreret dengang", "not recorded"),
    "yes": ("ja", "yes"),
    "no": ("nej", "no"),
    "ledger_question": ("Spørgsmålet", "The question"),
    "ledger_as_asked": ("Som det blev stillet", "As it was asked"),
    "ledger_together": ("Også søgt som", "Searched as well as"),
    "ledger_alone": ("Spørgsmålet for sig", "The question by itself"),
    "ledger_alone_share": (
        "Talte {share}; resten er spørgsmålet sammen med det før. Tekststeder nær de sidst brugte fik et tillæg.",
        "Counted {share}; the rest is the question together with the one before. Passages near those used last gained.",
    ),
    "ledger_as_searched": ("Som der blev søgt", "As it was searched"),
    "ledger_words": ("Ord, der blev søgt efter", "Words that were looked for"),
    "ledger_earlier": ("Det henviste til svaret før:", "It referred back to the answer before:"),
    "ledger_earlier_gone": ("Det er her ikke længere.", "It is no longer here."),
    "ledger_scope": ("Hvor der blev søgt", "What was searched"),
    "ledger_documents": ("Dokumenter", "Documents"),
    "ledger_document_count": ("{count} dokumenter", "{count} documents"),
    "ledger_document_count_one": ("{count} dokument", "{count} document"),
    "ledger_tags": ("Mærker", "Tags"),
    "ledger_page_only": ("Kun side", "Page only"),
    "ledger_excluded_documents": ("Udelukkede dokumenter", "Documents excluded"),
    "ledger_pinned": ("Fastholdte tekststeder", "Passages pinned"),
    "ledger_excluded": ("Udelukkede tekststeder", "Passages excluded"),
    "ledger_candidates": ("Tekststederne, der kom i betragtning", "The passages that were considered"),
    "ledger_chart": (
        "Tekststedernes plads på betydning, samlet og på ord; den bedste øverst. De brugte har farve og nummer. Tallene"
        " står i tabellen.",
        "Where each passage came by meaning, together and by words, the best on top. Those used have a colour and a"
        " number. The figures are in the table.",
    ),
    "filter_candidates": ("Søg i tabellen", "Search the table"),
    "no_candidate_found": ("Intet tekststed indeholder det.", "No passage contains that."),
    "ledger_found": ("{shown} af {all} tekststeder", "{shown} of {all} passages"),
    "ledger_passage": ("Tekststed", "Passage"),
    "ledger_why": ("Brugt eller ej", "Used or not"),
    "ledger_lacks": ("Ord, det mangler", "Words it lacks"),
    "ledger_nothing_lacks": ("ingen", "none"),
    "ledger_text": ("Vis teksten", "Show the text"),
    "why_used": ("brugt", "used"),
    "why_pinned": ("brugt: du fastholdt det", "used: you pinned it"),
    "why_beyond_k": ("ikke brugt: kun de {k} bedste bruges", "not used: only the best {k} are"),
    "why_excluded": ("ikke brugt: du udelukkede det", "not used: you excluded it"),
    "why_no_room": (
        "ikke læst: der var ikke plads til det i modellen",
        "not read: the model had no room for it",
    ),
    "why_carried": ("også kilde til svaret før", "also a source of the answer before"),
    "ledger_decision": ("Svarer tekststederne på spørgsmålet?", "Do the passages answer the question?"),
    "ledger_threshold": (
        "Kilde svarer kun, når den skønner, at chancen er mindst 50 %.",
        "Kilde answers only where it puts the chance at 50 % or more.",
    ),
    "threshold": ("grænse", "threshold"),
    "ledger_signals": ("Hvad skønnet bygger på", "What the judgement rests on"),
    "signal_match": (
        "Hvor godt hvert ord i spørgsmålet har et modstykke i det bedste tekststed (1 er bedst)",
        "How well each word of the question has a counterpart in the best passage (1 is best)",
    ),
    "signal_ahead": (
        "Hvor meget bedre det er end i de næstbedste",
        "How much better that is than in the next best ones",
    ),
    "signal_sentence": (
        "Den bedste sætnings lighed med spørgsmålet, i betydning og ord",
        "How like the question the best sentence is, in meaning and words",
    ),
    "signal_outlier": (
        "Hvor meget den bedste sætning skiller sig ud fra de andre",
        "How far the best sentence stands out from the others",
    ),
    "signal_coverage": (
        "Af spørgsmålets ord i den bedste sætning (sjældne tæller mest)",
        "Of the question’s words in the best sentence (rare ones count most)",
    ),
    "signal_words": ("Af spørgsmålets ord i det bedste tekststed", "Of the question’s words in the best passage"),
    "signal_missing": ("Navne i spørgsmålet, som mangler", "Names in the question that are missing"),
    "signal_together": (
        "Af naboord, der også her står nær hinanden",
        "Of neighbouring words that stand together here, too",
    ),
    "signal_second": (
        "Det næstmest sjældne ord findes i et tekststed",
        "The second rarest word is in one of the passages",
    ),
    "signal_lexical": ("Ordsøgningens score for det første tekststed", "Score of the first passage by words"),
    "signal_rarity": ("Hvor sjældne spørgsmålets ord er", "How rare the question’s words are"),
    "signal_without": ("uden sprogmodel", "without the language model"),
    "ledger_prompt": ("Det, modellen fik at læse", "What the model was given to read"),
    "ledger_no_prompt": (
        "Ingen: svaret er dokumenternes egne ord, og der blev ikke spurgt en model.",
        "Nothing: the answer is in the documents’ own words, and no model was asked.",
    ),
    "ledger_tokens": (
        "Bogstav for bogstav. {tokens} tokens; modellen har plads til {context}.",
        "Letter for letter. {tokens} tokens; the model has room for {context}.",
    ),
    "ledger_tokens_unknown": (
        "Længden i tokens blev ikke registreret dengang.",
        "How many tokens it was of was not recorded.",
    ),
    "ledger_settings": ("Modeller og indstillinger", "Models and settings"),
    "ledger_generator": ("Svarmodellens indstillinger", "Settings of the answer model"),
    "ledger_weights": ("Vægt i den samlede plads", "Weight in the place together"),
    "ledger_weight": ("betydning {meaning} %, ord {words} %", "meaning {meaning} %, words {words} %"),
    "ledger_times": ("Hvor lang tid det tog", "How long it took"),
    "step_embed": ("Forstå spørgsmålet", "Understand the question"),
    "step_search": ("Søge", "Search"),
    "step_quote": ("Vælge citater", "Choose quotes"),
    "step_write": ("Skrive svaret", "Write the answer"),
    "step_rest": ("Skønne, vente og gemme", "Judge, wait and save"),
    "step_total": ("I alt", "In all"),
    "story_searched": (
        "Kilde søgte i {count} dokumenter efter “{searched}”.",
        "Kilde searched {count} documents for “{searched}”.",
    ),
    "story_searched_one": (
        "Kilde søgte i {count} dokument efter “{searched}”.",
        "Kilde searched {count} document for “{searched}”.",
    ),
    "story_searched_some": ("Kilde søgte efter “{searched}”.", "Kilde searched for “{searched}”."),
    "story_scope": ("Der blev kun søgt i det, du havde valgt.", "Only what you had chosen was searched."),
    "story_follow_up": (
        "Spørgsmålet henviste til det før, og de to blev søgt sammen.",
        "The question referred back to the one before, and both were searched together.",
    ),
    "story_nothing": ("Intet tekststed lignede det.", "No passage was like it."),
    "story_by_both": ("på betydning og på ord", "by meaning and by words"),
    "story_by_meaning": ("på betydning", "by meaning"),
    "story_by_words": ("kun på ord", "by words only"),
    "story_compared": (
        "Den sammenlignede de {count} nærmeste tekststeder {by} og beholdt de {used} bedste.",
        "It compared the {count} nearest passages {by} and kept the best {used}.",
    ),
    "story_compared_one": (
        "Den fandt ét tekststed, {by}, og beholdt det.",
        "It found one passage, {by}, and kept it.",
    ),
    "story_pinned": ("Du havde fastholdt {count} tekststeder.", "You had pinned {count} passages."),
    "story_pinned_one": ("Du havde fastholdt ét tekststed.", "You had pinned one passage."),
    "story_excluded": (
        "Du havde udelukket {count} tekststeder eller dokumenter.",
        "You had excluded {count} passages or documents.",
    ),
    "story_excluded_one": (
        "Du havde udelukket ét tekststed eller dokument.",
        "You had excluded one passage or document.",
    ),
    "story_carried": (
        "Af dem var {count} også kilder til svaret før.",
        "Of these, {count} were also sources of the answer before.",
    ),
    "story_carried_one": (
        "Ét af dem var også kilde til svaret før.",
        "One of them was also a source of the answer before.",
    ),
    "story_judged": (
        "Chancen for, at de besvarer spørgsmålet, skønnede den til {percent} %.",
        "It put the chance that they answer the question at {percent} %.",
    ),
    "story_refused": (
        "Det er under grænsen på 50 %, så den svarede ikke.",
        "That is below the threshold of 50 %, so it did not answer.",
    ),
    "story_no_sentence": (
        "Ingen sætning kunne citeres, så den svarede ikke.",
        "No sentence could be quoted, so it did not answer.",
    ),
    "story_doubted": (
        "Det er under grænsen på 50 %, men du bad om et svar alligevel.",
        "That is below the threshold of 50 %, but you asked for an answer all the same.",
    ),
    "story_quoted": ("Den citerede {count} sætninger ordret.", "It quoted {count} sentences word for word."),
    "story_quoted_one": ("Den citerede én sætning ordret.", "It quoted one sentence word for word."),
    "story_written": (
        "Modellen {model} læste {count} tekststeder{room} og skrev svaret.",
        "The model {model} read {count} passages{room} and wrote the answer.",
    ),
    "story_written_one": (
        "Modellen {model} læste ét tekststed{room} og skrev svaret.",
        "The model {model} read one passage{room} and wrote the answer.",
    ),
    "story_room": (
        ", i alt {tokens} tokens af de {context}, den har plads til,",
        ", {tokens} tokens in all of the {context} that it has room for,",
    ),
    "story_no_room": (
        "{count} tekststeder var der ikke plads til; dem læste modellen ikke.",
        "There was no room for {count} passages; the model did not read them.",
    ),
    "story_no_room_one": (
        "Ét tekststed var der ikke plads til; det læste modellen ikke.",
        "There was no room for one passage; the model did not read it.",
    ),
    "story_checked": (
        "Hver sætning blev holdt op mod tekststederne: {supported} af {all} er helt belagt.",
        "Each sentence was held against the passages: {supported} of {all} are fully supported.",
    ),
    "story_running": ("Svaret er stadig på vej.", "The answer is still being made."),
    "story_time": ("Det hele tog {seconds} s.", "All of it took {seconds} s."),
    "influence": ("Betød kilden noget?", "Did this source matter?"),
    "influence_measure": ("Mål det", "Measure it"),
    "influence_again": ("Mål igen", "Measure again"),
    "influence_none": (
        "Der er intet svar at måle på.",
        "There is no answer to measure.",
    ),
    "influence_offer_quotes": (
        "Kilde kan vælge citaterne igen uden hvert af tekststederne og vise, hvad der ville mangle.",
        "Kilde can choose the quotes again without each of the passages, and show what would be missing.",
    ),
    "influence_offer_written": (
        "Kilde kan spørge modellen, hvor sandsynligt den finder svaret uden hvert af tekststederne. Det kan tage"
        " nogle minutter.",
        "Kilde can ask the model how likely it finds the answer without each of the passages. That may take minutes.",
    ),
    "influence_progress": (
        "Måler: {done} af {of} tekststeder…",
        "Measuring: {done} of {of} passages…",
    ),
    "influence_took": ("Målt på {seconds} s.", "Measured in {seconds} s."),
    "influence_said_quotes": (
        "Jo længere bjælke, jo mere af svaret ville mangle uden tekststedet.",
        "The longer the bar, the more of the answer would be missing without the passage.",
    ),
    "influence_said_written": (
        "Bjælke mod højre: uden tekststedet finder modellen svaret mindre sandsynligt, så svaret bygger på det. Mod"
        " venstre: mere sandsynligt. Tallene er ændringen i logaritmen af sandsynligheden (nat).",
        "A bar to the right: without the passage the model finds the answer less likely, so the answer rests on it. To"
        " the left: more likely. The figures are the change of the logarithm of its likelihood (nats).",
    ),
    "influence_nats": ("{nats} i alt, {each} pr. token", "{nats} in all, {each} per token"),
    "influence_lost": ("{lost} af {every} sætninger ville mangle", "{lost} of {every} sentences would be missing"),
    "influence_unchanged": ("svaret ville være det samme", "the answer would be the same"),
    "influence_more": ("intet ville mangle, men mere blive citeret", "nothing would be missing, but more be quoted"),
    "influence_left_out": ("Uden kilde {number}, {document}: {value}", "Without source {number}, {document}: {value}"),
    "influence_otherwise": (
        "Citaterne vælges i dag lidt anderledes end dengang; målingen gælder, som der vælges nu.",
        "Quotes are chosen a little otherwise today than then; what is measured is how they are chosen now.",
    ),
    "influence_by_words": (
        "{count} tekststeder er ikke indekseret, som de var, og blev kun bedømt på ord.",
        "{count} passages are not indexed as they were, and were judged by their words only.",
    ),
    "influence_by_words_one": (
        "Ét tekststed er ikke indekseret, som det var, og blev kun bedømt på ord.",
        "One passage is not indexed as it was, and was judged by its words only.",
    ),
    # two answers side by side
    "compare_answers": ("To svar ved siden af hinanden", "Two answers side by side"),
    "compare_unknown": (
        "Der er ikke to svar at sammenligne på denne adresse. De kan være slettet.",
        "There are not two answers to compare at this address. They may have been deleted.",
    ),
    "compare_only_one": (
        "Spørgsmålet har kun ét svar. Stil det igen på andre vilkår for at sammenligne.",
        "The question has one answer only. Ask it again under other conditions to compare.",
    ),
    "compare_left": ("Det ene svar", "One answer"),
    "compare_right": ("Det andet svar", "The other answer"),
    "compare_option": ("Svar {place} af {of}: {question}", "Answer {place} of {of}: {question}"),
    "compare_legend": (
        "= ens   ≈ andre ord   + kun her",
        "= the same   ≈ other words   + only here",
    ),
    "mark_same": ("ens", "the same"),
    "mark_changed": ("andre ord", "other words"),
    "mark_only": ("kun her", "only here"),
    "compare_same_rank": ("begge steder, samme nummer", "in both, with the same number"),
    "compare_rank": ("begge steder, nummer {number} i det andet svar", "in both, number {number} in the other answer"),
    "compare_differs": ("anderledes", "differs"),
    "compare_conditions": ("Vilkår", "Conditions"),
    "compare_no_answer": ("Intet svar endnu.", "No answer yet."),
    "compare_no_sources": ("Ingen kilder.", "No sources."),
    "compare_model": ("Svarmodel", "Answer model"),
    "compare_scope": ("Spurgt i", "Asked of"),
    "compare_everything": ("alle dokumenter", "all documents"),
    "compare_pinned": ("Fastholdt", "Pinned"),
    "compare_excluded": ("Udelukket", "Excluded"),
    "compare_excluded_documents": ("Udelukkede dokumenter", "Documents excluded"),
    "compare_regardless": ("Svar, selv om det ikke står der", "Answer even where they do not say"),
    "compare_nothing": ("intet", "nothing"),
    "compare_seconds": ("Tid", "Time"),
}

PARTS = (_OTHERS, assistants.WORDS, models.WORDS, panels.WORDS, angle.WORDS, sources.WORDS, units.WORDS)
TEXTS: dict[str, tuple[str, str]] = {key: words for part in PARTS for key, words in part.items()}


def text(key: str, language: str, **values: Any) -> str:
    """The text for `key` in "da" or "en", with `values` put in. Raises KeyError for an unknown key.

    Places without a value stay as they are: the browser fills those of the turn component.
    """
    danish, english = TEXTS[key]
    return (danish if language == "da" else english).format_map(_Open(values))


def of_unit(key: str, unit: str) -> str:
    """The key of what is said of pages, said of what a document's pages are; see `rag.core.locations.unit`."""
    own = f"{key}_{unit}"
    return own if own in TEXTS else key


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
