"""PDF: a picture of each page, in a new PDF. What a page shows stays; everything else of the file stays behind:
metadata, scripts, actions, links, attached files, hidden layers and text, fonts, earlier revisions, photographs' own
EXIF, and whatever would attack the reader's program.

The new file says when it was made and by PDFium; its text can't be searched any more.
"""

import math
from io import BytesIO

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import PdfDocument, PdfPage

from bot.cleaning.refusal import Clean, Refusal

PAGES = 300
RESOLUTION = 150
"""Dots an inch: small print stays readable."""
PAGE_PIXELS = 9_000_000
"""Four times a page of A4; larger pages get fewer dots."""
_POINTS_AN_INCH = 72

Image.preinit()  # finds its own JPEG now, when files can still be opened


def clean(data: bytes, type: str) -> Clean:
    """A PDF's copy. Raises `Refusal`."""
    source = _opened(data)
    if len(source) > PAGES:
        raise Refusal("bomb")
    copy = PdfDocument.new()
    for index in range(len(source)):
        page = source[index]
        _add(copy, page)
        page.close()
    held = BytesIO()
    copy.save(held)
    return Clean(held.getvalue(), "pdf", "application/pdf")


def _opened(data: bytes) -> PdfDocument:
    try:
        document = PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise Refusal("encrypted" if "password" in str(error).lower() else "broken") from None
    document.init_forms()  # what was filled in is part of what a page shows
    if len(document) == 0:
        raise Refusal("broken")
    return document


def _add(copy: PdfDocument, page: PdfPage) -> None:
    width, height = page.get_size()
    drawn = page.render(scale=_scale(width, height)).to_pil().convert("RGB")
    held = BytesIO()
    drawn.save(held, "jpeg", quality=85)
    image = pdfium.PdfImage.new(copy)
    image.load_jpeg(held, inline=True)
    image.set_matrix(pdfium.PdfMatrix().scale(width, height))
    new = copy.new_page(width, height)
    new.insert_obj(image)
    new.gen_content()
    new.close()


def _scale(width: float, height: float) -> float:
    """Dots for each point. Raises `Refusal` for a page without a size."""
    if not (width >= 1 and height >= 1):
        raise Refusal("broken")
    return min(RESOLUTION / _POINTS_AN_INCH, math.sqrt(PAGE_PIXELS / (width * height)))
