"""Ogg, the format of voice messages: the sound to the bit, without its comments, the encoder's name among them, and
without other streams or what stands between and behind the pages.
"""

from collections.abc import Iterator
from io import BytesIO

from mutagen.ogg import OggPage
from mutagen.ogg import error as NotAPage

from bot.cleaning.refusal import Clean, Refusal

_NO_COMMENTS = {b"OpusHead": b"OpusTags" + bytes(8), b"\x01vorbis": b"\x03vorbis" + bytes(8) + b"\x01"}
"""First packet of a stream -> its second one without anything in it (RFC 7845, 5.2; Vorbis I, 5.2.1)."""


def clean(data: bytes, type: str) -> Clean:
    """A recording's copy. Raises `Refusal`, and what mutagen raises about broken ones."""
    stream = BytesIO(b"".join(page.write() for page in _first_stream(BytesIO(data))))
    first = OggPage(stream).packets[0]
    silent = next((packet for head, packet in _NO_COMMENTS.items() if first.startswith(head)), None)
    if silent is None:
        raise Refusal("unknown")
    pages = list(_second_packet(stream))
    packets = OggPage.to_packets(pages)
    packets[0] = silent
    OggPage.replace(stream, pages, OggPage.from_packets(packets, pages[0].sequence))
    return Clean(stream.getvalue(), "ogg", "audio/ogg")


def _first_stream(file: BytesIO) -> Iterator[OggPage]:
    """Its pages up to the last one, or to the end of the file."""
    page = first = OggPage(file)
    yield first
    while not page.last:
        try:
            page = OggPage(file)
        except EOFError:
            return
        except NotAPage:
            raise Refusal("broken") from None
        if page.serial == first.serial:
            yield page


def _second_packet(stream: BytesIO) -> Iterator[OggPage]:
    """The pages in which it stands."""
    page = OggPage(stream)
    yield page
    while not (page.complete or len(page.packets) > 1):
        page = OggPage(stream)
        yield page
