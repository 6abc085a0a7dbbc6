"""Files made for tests. Each hides `CANARY` wherever its format lets it, and shows something that can be recognised."""

import random
import struct
import subprocess
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from mutagen.ogg import OggPage
from PIL import Image
from PIL.PngImagePlugin import PngInfo

CANARY = b"CANARY"
TEXT = CANARY.decode()
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825
RED, BLUE = (220, 20, 20), (20, 20, 220)
WORDPROCESSING = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


async def chunks(data: bytes, step: int = 64 << 10) -> AsyncIterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]


def two_halves(width: int = 80, height: int = 40) -> Image.Image:
    """The left half is red, the right one blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def tagged(orientation: int = 1) -> Image.Exif:
    """A camera's name, a place on earth, and which side is up."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, TEXT
    exif.get_ifd(GPS).update({1: "N", 2: (41.0, 18.0, 0.0), 3: "E", 4: (69.0, 16.0, 0.0), 29: TEXT})
    return exif


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    held = BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


def jpeg(orientation: int = 1) -> bytes:
    """With EXIF, GPS, XMP and a comment."""
    hidden = {"exif": tagged(orientation), "xmp": b"<x:xmpmeta>" + CANARY, "comment": CANARY}
    return encoded(two_halves(), "JPEG", quality=95, **hidden)


def png() -> bytes:
    texts = PngInfo()
    texts.add_text("Author", TEXT)
    texts.add_itxt("XML:com.adobe.xmp", TEXT)
    return encoded(two_halves(), "PNG", pnginfo=texts, exif=tagged()) + CANARY


def moving(kind: str) -> bytes:
    """Three frames of different length."""
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    more: dict[str, Any] = {"comment": CANARY} if kind == "GIF" else {"exif": tagged()}
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0, **more)


def png_that_claims(width: int, height: int) -> bytes:
    """A few kilobytes that would unpack to width x height pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20))
    pieces = (_chunk(b"IHDR", head), _chunk(b"IDAT", rows), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PDF_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/OpenAction<</S/JavaScript/JS(app.alert\\('CANARY'\\))>>"
    b"/Names<</EmbeddedFiles<</Names[(CANARY.exe)7 0 R]>>>>>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 144 72]/Contents 4 0 R/Annots[5 0 R]/PieceInfo<</X(CANARY)>>>>",
    b"<</Length 37>>stream\n0.86 0.08 0.08 rg 0 0 72 72 re f     \nendstream",
    b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://example.org/CANARY)>>>>",
    b"<</Type/Metadata/Subtype/XML/Length 6>>stream\nCANARY\nendstream",
    b"<</Type/Filespec/F(CANARY.exe)/EF<</F 8 0 R>>>>",
    b"<</Type/EmbeddedFile/Length 6>>stream\nCANARY\nendstream",
    b"<</Author(CANARY)/Title(CANARY)>>",
)
"""A page of two inches by one, its left half red."""


def pdf() -> bytes:
    """With metadata, a script that runs on opening, a link, an attached file, and more behind its end."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(PDF_OBJECTS, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Info 9 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer + CANARY


def ogg_opus() -> bytes:
    """Half a second of packets, with comments, a second stream, and something behind the end."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48000, 0, 0)
    comment = b"ARTIST=" + CANARY
    tags = b"OpusTags" + struct.pack("<I", 6) + CANARY + struct.pack("<II", 1, len(comment)) + comment
    pages = [_page([head], 0, first=True), _page([tags], 1), _page(SOUND, 2, last=True)]
    stranger = _page([CANARY], 0, first=True, serial=2)
    return b"".join(page.write() for page in (pages[0], stranger, *pages[1:])) + CANARY


SOUND = [random.Random(number).randbytes(40) for number in range(25)]


def _page(packets: list[bytes], sequence: int, first: bool = False, last: bool = False, serial: int = 1) -> OggPage:
    page = OggPage()
    page.packets, page.sequence, page.serial = packets, sequence, serial
    page.first, page.last, page.position = first, last, 960 * len(packets) if sequence > 1 else 0
    return page


def film(file: Path) -> None:
    """A second of tone, and of picture where the format has one; with a title, a place, and a title of its stream."""
    tone, shown = ("-f", "lavfi", "-i", "sine=d=1"), ("-f", "lavfi", "-i", "testsrc=d=1")
    sources = tone if file.suffix in {".mp3", ".flac"} else (*tone, *shown)
    hidden = [f"title={TEXT}", "location=+41.3+069.2/", f"comment={TEXT}"]
    tags = [word for each in hidden for word in ("-metadata", each)]
    run = ["/usr/bin/ffmpeg", "-v", "error", *sources, *tags, "-metadata:s:a", f"title={TEXT}", str(file)]
    subprocess.run(run, check=True, timeout=60)


def seconds(film: Path) -> float:
    """How long it plays."""
    ask = ["/usr/bin/ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(film)]
    return float(subprocess.run(ask, check=True, capture_output=True, timeout=60).stdout)


def docx(*more: tuple[str, bytes], relations: str = "") -> bytes:
    """One paragraph, an author, a comment; and these members too."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, body in _DOCX.items():
            archive.writestr(name, body.replace("</Relationships>", relations + "</Relationships>"))
        for name, data in more:
            archive.writestr(name, data)
    return held.getvalue()


def _part(name: str, kind: str) -> str:
    return f'<Override PartName="/{name}.xml" ContentType="{kind}+xml"/>'


_DOCX = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    + _part("word/document", f"{WORDPROCESSING}.document.main")
    + _part("word/comments", f"{WORDPROCESSING}.comments")
    + _part("docProps/core", "application/vnd.openxmlformats-package.core-properties")
    + "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "word/document.xml": f"<w:document {_WORD}><w:body><w:p><w:r><w:t>What was seen</w:t></w:r></w:p></w:body>"
    "</w:document>",
    "word/comments.xml": f'<w:comments {_WORD}><w:comment w:id="0" w:author="{TEXT}"/></w:comments>',
    "docProps/core.xml": f'<c:coreProperties xmlns:c="{_PACKAGE}/metadata/core-properties" '
    f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{TEXT}</dc:creator></c:coreProperties>',
}
