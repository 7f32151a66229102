"""The words of each part of the pages, as `rag.ui.translations` gathers them. key: (Danish, English)."""
