"""The published site: every page, link, figure and notebook; rebuilding; and the pages in a real browser."""

import functools
import http.server
import json
import os
import re
import shutil
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest
import yaml
from conftest import ROOT, build

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
PAGES = [Path(TOC["root"]).name] + [Path(c["file"]).name for part in TOC["parts"] for c in part["chapters"]]
CHAPTERS = PAGES[:11]


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.images = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs[name] for name in ("id", "name") if attrs.get(name)}
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag == "img":
            self.images.append(attrs)


def test_every_page_is_there(site):
    assert {path.stem for path in site.glob("*.html")} >= set(PAGES)


def test_links_and_anchors_are_alive(site):
    pages = {path.name: Page(path) for path in site.glob("*.html")}
    dead = []
    for name, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(link)
            if urlparse(link).scheme or link == "#":
                continue
            target = unquote(target) or name
            if not (site / target).exists() or (
                anchor and target in pages and unquote(anchor) not in pages[target].ids
            ):
                dead.append((name, link))
    assert dead == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter(site, chapter):
    page = Page(site / f"{chapter}.html")
    text = (site / f"{chapter}.html").read_text(encoding="utf-8")
    figures = [image for image in page.images if image["src"].startswith("_images/")]
    assert figures and all(image["src"].endswith(".svg") and len(image.get("alt", "")) > 40 for image in figures)
    assert re.search(r"Fig\. \d", text) and re.search(r"Table \d", text) and "Data (CSV)" in text
    assert "{glue" not in text
    notebook = json.loads((site / "_sources" / "book" / f"{chapter}.ipynb").read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code and all(cell["execution_count"] for cell in code)
    assert f"_sources/book/{chapter}.ipynb" in text


def test_numbers_in_sentences_keep_their_form(site):
    stability = (site / "stability.html").read_text(encoding="utf-8")
    values = re.findall(r'class="pasted-text">([^<]*)<', stability)
    assert any(re.fullmatch(r"\d{2,3},\d{3}", value) for value in values)
    for page in PAGES:
        text = (site / f"{page}.html").read_text(encoding="utf-8")
        assert not re.search(r'class="pasted-text">(\s*|\(.*\)|nan|None)<', text)


def test_search_leads_to_pages(site):
    names = re.search(r'"?docnames"?: ?(\[.*?\])', (site / "searchindex.js").read_text()).group(1)
    assert all((site / f"{name}.html").is_file() for name in json.loads(names))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, site):
    """The book copied to another folder and built there."""
    folder = tmp_path_factory.mktemp("other") / "book copy"
    shutil.copytree(
        ROOT, folder, ignore=shutil.ignore_patterns(".venv", "_build", ".git", "__pycache__", ".pytest_cache")
    )
    result = build(folder)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return folder


def contents(site):
    return {
        p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.suffix in (".html", ".svg", ".js", ".ipynb")
    }


def test_two_builds_are_identical(site, elsewhere):
    here, there = contents(site), contents(elsewhere / "_build" / "html")
    assert here.keys() == there.keys()
    assert [str(name) for name in here if here[name] != there[name]] == []


def test_an_edited_table_or_helper_changes_the_pages_and_a_broken_table_stops_the_build(elsewhere):
    events = elsewhere / "data" / "events.csv"
    sound = events.read_text(encoding="utf-8")
    title = "The Berlin Wall was opened"
    assert title in sound
    events.write_text(sound.replace(title, "The Berlin Wall fell open"), encoding="utf-8")
    helper = elsewhere / "book" / "founding_act" / "figures.py"
    helper.write_text(helper.read_text(encoding="utf-8").replace("Data (CSV)", "Rows (CSV)"), encoding="utf-8")
    result = build(elsewhere)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "Rows (CSV)" in (elsewhere / "_build" / "html" / "law.html").read_text()
    assert "Wall%20fell%20open" in (elsewhere / "_build" / "html" / "index.html").read_text()
    events.write_text(sound.replace("1989-11-09,", "1989-11-99,"), encoding="utf-8")
    result = build(elsewhere)
    assert result.returncode != 0 and "data/events.csv, row 2, column date_start" in result.stdout + result.stderr
    events.write_text(sound, encoding="utf-8")


def test_a_failing_cell_stops_the_build(elsewhere):
    chapter = elsewhere / "book" / "law.md"
    sound = chapter.read_text(encoding="utf-8")
    chapter.write_text(
        sound.replace("agreements = tables.load", "raise RuntimeError('on purpose')\nagreements = tables.load", 1)
    )
    result = build(elsewhere)
    chapter.write_text(sound, encoding="utf-8")
    said = result.stdout + result.stderr
    assert result.returncode != 0 and "law.md failed" in said and "on purpose" in said
    assert not (elsewhere / "_build" / "html" / "index.html").exists()


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is required here, and not installed")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_in_the_browser(browser, address, name, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    errors, foreign = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: foreign.append(request.url) if not request.url.startswith((address, "data:")) else None,
    )
    page.goto(f"{address}/{name}.html", wait_until="load")
    assert page.locator("article h1").first.is_visible()
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()
    assert (errors, foreign) == ([], []) and sideways <= 1
