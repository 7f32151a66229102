"""A workbook and a presentation: dropped, asked, and shown by sheet, row and slide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pptx
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server

ROW = 31


def files(folder: Path) -> list[Path]:
    book = openpyxl.Workbook()
    book.active.title = "Om"
    book.active.append(["Priser og garanti for elcykler hos Cykel A/S."])
    sheet = book.create_sheet("Priser")
    sheet.append(["Model", "Garanti", "Pris"])
    for n in range(2, 61):
        sheet.append([f"Cykel K{n}", f"{n} måneder", 1000.5 * n])
        sheet.cell(n, 3).number_format = '#,##0.00 "kr."'
    book.save(folder / "Priser 2026.xlsx")
    deck = pptx.Presentation()
    for title, body in (("Velkommen", "Cykel A/S"), ("Reklamation", "Skriv til service inden for 14 dage.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, body
    deck.save(folder / "Salg.pptx")
    return [folder / "Priser 2026.xlsx", folder / "Salg.pptx"]


def test_a_row_of_a_sheet_and_a_slide(
    make_server: Callable[[], Server], new_page: Callable[..., Page], tmp_path: Path
) -> None:
    server = make_server()
    page = new_page(locale="da-DK")
    page.goto(f"{server.url}/upload")
    page.locator("input[type=file]").first.set_input_files(files(tmp_path))
    expect(page.get_by_role("table").get_by_text("klar", exact=True)).to_have_count(2, timeout=240_000)

    page.goto(server.url)
    field = page.get_by_test_id("stChatInput").locator("textarea")
    field.fill(f"Hvor lang garanti er der på Cykel K{ROW}?")
    field.press("Enter")
    quoted = f"Model: Cykel K{ROW} | Garanti: {ROW} måneder"
    card = page.locator("li.card", has_text=quoted).first
    expect(card).to_contain_text("ark Priser, række", timeout=120_000)
    card.get_by_role("button", name="Åbn kilde").first.click()
    evidence = page.locator("dialog.evidence, .evidence")
    expect(evidence.locator(".page-of").first).to_have_text("Ark 2 af 2 (Priser)")
    expect(evidence.get_by_text(quoted).first).to_be_visible()

    page.goto(f"{server.url}/upload")
    page.get_by_role("table").get_by_role("button", name="Salg.pptx").click()
    page.get_by_role("button", name="Næste dias").click()
    expect(page.locator(".reader").get_by_text("Dias 2 af 2")).to_be_visible()
    expect(page.locator(".reader")).to_contain_text("Skriv til service inden for 14 dage.")
