"""The browser that the tests and the gallery use: Debian's Chromium, driven by Playwright from PyPI."""

import os
from importlib.util import find_spec
from pathlib import Path

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def lacking() -> str:
    """What is missing for a browser, and how to get it; empty when nothing is."""
    if not CHROMIUM.exists():
        return f"There is no browser at {CHROMIUM}: apt-get install chromium, or name another one in CHROMIUM."
    if find_spec("playwright") is None:
        return "Playwright is missing: .venv/bin/python -m pip install --require-hashes -r requirements-browser.lock"
    return ""
