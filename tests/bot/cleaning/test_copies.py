"""What a copy shows, and what it must not."""

from io import BytesIO
from zipfile import ZipFile

import mutagen
import pypdfium2
import pytest
from mutagen.ogg import OggPage
from PIL import Image, ImageCms
from pillow_heif import from_pillow

from bot.cleaning import cleaner
from bot.cleaning.cleaner import CantClean, Cleaner
from bot.cleaning.content import Family
from bot.cleaning.refusal import Clean
from handlers.model import Uncleanable
from tests.bot.cleaning.needs import needs, needs_namespaces
from tests.bot.cleaning.samples import (
    BLUE,
    CANARY,
    RED,
    SOUND,
    WORDPROCESSING,
    chunks,
    docx,
    encoded,
    film,
    jpeg,
    moving,
    ogg_opus,
    pdf,
    png,
    png_that_claims,
    seconds,
    tagged,
    two_halves,
)


async def cleaned(data: bytes, *claims: Family) -> Clean:
    return await Cleaner().clean(chunks(data), frozenset(claims))


async def why_not(data: bytes, *claims: Family) -> Uncleanable:
    with pytest.raises(CantClean) as refused:
        await cleaned(data, *claims)
    return refused.value.reason


def picture(copy: Clean) -> Image.Image:
    return Image.open(BytesIO(copy.data))


def is_near(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=False))


async def test_given_a_photo_with_place_and_camera_when_cleaned_then_only_its_pixels_are_left():
    original = jpeg()
    assert original.count(CANARY) > 3
    copy = await cleaned(original, Family.IMAGE)
    shown = picture(copy)
    assert CANARY not in copy.data
    assert not shown.getexif()
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert (copy.ending, shown.size) == ("jpg", (80, 40))
    assert is_near(shown.getpixel((20, 20)), RED) and is_near(shown.getpixel((60, 20)), BLUE)


@pytest.mark.parametrize(
    ("orientation", "red_at", "blue_at"),
    [
        (1, (0.2, 0.5), (0.8, 0.5)),
        (2, (0.8, 0.5), (0.2, 0.5)),
        (3, (0.8, 0.5), (0.2, 0.5)),
        (6, (0.5, 0.2), (0.5, 0.8)),
        (8, (0.5, 0.8), (0.5, 0.2)),
    ],
)
async def test_given_a_photo_taken_on_its_side_when_cleaned_then_it_stands_upright(orientation, red_at, blue_at):
    shown = picture(await cleaned(jpeg(orientation)))
    at = [(int(x * shown.width), int(y * shown.height)) for x, y in (red_at, blue_at)]
    assert shown.size == ((40, 80) if orientation > 4 else (80, 40))
    assert is_near(shown.getpixel(at[0]), RED) and is_near(shown.getpixel(at[1]), BLUE)


async def test_given_a_png_with_texts_and_a_tail_when_cleaned_then_they_are_gone_and_no_pixel_changed():
    copy = await cleaned(png())
    assert CANARY not in copy.data
    assert (copy.ending, picture(copy).info) == ("png", {})
    assert picture(copy).tobytes() == two_halves().tobytes()


@pytest.mark.parametrize(("kind", "ending"), [("WEBP", "webp"), ("TIFF", "png"), ("AVIF", "jpg")])
async def test_given_another_kind_of_picture_when_cleaned_then_it_is_shown_without_its_exif(kind, ending):
    copy = await cleaned(encoded(two_halves(), kind, exif=tagged()))
    assert copy.ending == ending
    assert CANARY not in copy.data
    assert is_near(picture(copy).getpixel((20, 20)), RED)


async def test_given_a_phones_heic_when_cleaned_then_it_becomes_a_jpeg_without_its_exif():
    held = BytesIO()
    heic = from_pillow(two_halves())
    heic.info["exif"] = tagged().tobytes()
    heic.save(held)
    assert CANARY in held.getvalue()
    copy = await cleaned(held.getvalue(), Family.IMAGE)
    assert CANARY not in copy.data
    assert copy.ending == "jpg" and is_near(picture(copy).getpixel((20, 20)), RED)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_given_a_moving_picture_when_cleaned_then_it_still_moves_at_its_own_pace(kind):
    copy = await cleaned(moving(kind))
    shown = picture(copy)
    assert CANARY not in copy.data
    assert shown.n_frames == 3
    paces = []
    for frame in range(3):
        shown.seek(frame)
        shown.load()
        paces.append(round(shown.info["duration"]))
    assert paces == [100, 200, 300]


async def test_given_a_transparent_picture_when_cleaned_then_it_stays_transparent():
    clear = Image.new("RGBA", (20, 20), (*RED, 90))
    assert picture(await cleaned(encoded(clear, "PNG"))).getpixel((5, 5)) == (*RED, 90)


async def test_given_a_scan_of_sixteen_bits_when_cleaned_then_its_greys_are_kept():
    grey = Image.new("I;16", (20, 20), 128 << 8)
    assert picture(await cleaned(encoded(grey, "PNG"))).getpixel((5, 5)) == 128


async def test_given_a_colour_profile_when_cleaned_then_the_colours_are_what_it_means():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    copy = await cleaned(encoded(two_halves(), "PNG", icc_profile=swapped))
    assert is_near(picture(copy).getpixel((20, 20)), RED[::-1])
    assert picture(copy).info == {}


@pytest.mark.parametrize("profile", [CANARY, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
async def test_given_a_colour_profile_that_does_not_fit_when_cleaned_then_it_is_dropped(profile):
    copy = await cleaned(encoded(two_halves(), "PNG", icc_profile=profile))
    assert picture(copy).info == {}
    assert picture(copy).getpixel((5, 5)) == RED


async def test_given_a_pdf_with_author_script_link_and_attachment_when_cleaned_then_its_pages_are_pictures():
    original = pdf()
    assert original.count(CANARY) > 8
    copy = await cleaned(original, Family.PDF)
    for trace in (CANARY, b"JavaScript", b"/URI", b"EmbeddedFile", b"/Author", b"/OpenAction", b"/Annot"):
        assert trace not in copy.data
    assert len(pypdfium2.PdfDocument(copy.data)) == 1
    assert pypdfium2.PdfDocument(copy.data).get_metadata_dict(skip_empty=True).keys() <= {"Creator", "CreationDate"}


async def test_given_a_pdf_when_cleaned_then_its_pages_look_and_measure_as_before():
    page = pypdfium2.PdfDocument((await cleaned(pdf())).data)[0]
    shown = page.render(scale=1).to_pil().convert("RGB")
    assert page.get_size() == (144, 72)
    assert is_near(shown.getpixel((36, 36)), RED) and is_near(shown.getpixel((108, 36)), (255, 255, 255))


async def test_given_a_voice_message_when_cleaned_then_its_comments_are_gone_and_each_packet_is_kept():
    copy = await cleaned(ogg_opus(), Family.RECORDING)
    assert CANARY not in copy.data
    assert mutagen.File(BytesIO(copy.data)).tags == []
    stream = BytesIO(copy.data)
    pages = [OggPage(stream) for _ in range(3)]
    assert pages[2].packets == SOUND
    assert stream.read() == b""


@pytest.mark.parametrize(
    ("data", "claims", "reason"),
    [
        (b"", (), Uncleanable.EMPTY),
        (b"Just some words.", (), Uncleanable.UNKNOWN),
        (b"MZ\x90\0 a program", (Family.IMAGE,), Uncleanable.DISGUISED),
        (pdf(), (Family.IMAGE,), Uncleanable.DISGUISED),
        (jpeg(), (Family.IMAGE, Family.PDF), Uncleanable.DISGUISED),
        (jpeg()[:900], (Family.IMAGE,), Uncleanable.BROKEN),
        (png()[:120], (), Uncleanable.BROKEN),
        (pdf()[:200], (), Uncleanable.BROKEN),
        (ogg_opus()[:700], (), Uncleanable.BROKEN),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, (), Uncleanable.BROKEN),
        (png_that_claims(50_000, 50_000), (), Uncleanable.BOMB),
        (png_that_claims(8_100, 8_100), (), Uncleanable.BOMB),
    ],
    ids=str,
)
async def test_what_can_not_be_cleaned_is_refused_with_its_reason(data, claims, reason):
    assert await why_not(data, *claims) is reason


async def test_given_a_moving_picture_whose_frames_are_too_many_together_then_it_is_a_bomb():
    frames = [Image.new("P", (4_700, 4_700), colour) for colour in (1, 2, 3)]
    bomb = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert len(bomb) < 1 << 20
    assert await why_not(bomb) is Uncleanable.BOMB


async def test_given_a_pdf_that_needs_a_password_then_that_is_the_reason():
    locked = pdf().replace(
        b"/Info 9 0 R",
        b"/Info 9 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"ab" * 32, b"cd" * 32),
    )
    assert await why_not(locked) is Uncleanable.ENCRYPTED


async def test_given_a_picture_that_is_an_archive_too_when_cleaned_then_the_archive_is_gone():
    copy = await cleaned(jpeg() + docx())
    assert b"PK\x03\x04" not in copy.data
    with pytest.raises(Exception, match="not a zip"):
        ZipFile(BytesIO(copy.data))


@pytest.mark.slow
@needs_namespaces
@needs("mat2")
async def test_given_a_document_with_author_and_comment_when_cleaned_then_only_its_words_are_left():
    copy = await cleaned(docx(), Family.OFFICE)
    archive = ZipFile(BytesIO(copy.data))
    assert (copy.ending, copy.mime) == ("docx", f"{WORDPROCESSING}.document")
    assert not [name for name in archive.namelist() if CANARY in archive.read(name)]
    assert b"What was seen" in archive.read("word/document.xml")


_EXTERNAL = '<Relationship Id="r9" Type="x/attachedTemplate" Target="http://example.org/t.dot" TargetMode="External"/>'


HOSTILE = {
    "unpacks to 100 MB": (lambda: docx(("word/media/zeros", bytes(100 << 20))), Uncleanable.BOMB),
    "5,001 members": (lambda: docx(*((f"word/{number}", b"") for number in range(5_001))), Uncleanable.BOMB),
    "macros": (lambda: docx(("word/vbaProject.bin", b"macros")), Uncleanable.ACTIVE),
    "another file": (lambda: docx(("word/embeddings/oleObject1.bin", b"a program")), Uncleanable.ACTIVE),
    "fetches a template": (lambda: docx(relations=_EXTERNAL), Uncleanable.ACTIVE),
    "cut off": (lambda: docx()[:400], Uncleanable.BROKEN),
    "no document": (lambda: b"PK\x03\x04" + png(), Uncleanable.BROKEN),
}


@needs_namespaces
@pytest.mark.parametrize("story", HOSTILE)
async def test_given_a_hostile_document_then_it_is_refused_with_its_reason(story):
    make, reason = HOSTILE[story]
    data = make()
    assert len(data) < 1 << 20
    assert await why_not(data) is reason


@pytest.mark.slow
@needs_namespaces
@needs("ffmpeg")
@pytest.mark.parametrize("ending", ["mp4", "webm", "mkv", "mp3", "flac"])
async def test_given_a_film_with_place_and_title_when_cleaned_then_only_its_streams_are_left(ending, tmp_path):
    file = tmp_path / f"film.{ending}"
    film(file)
    original = file.read_bytes()
    copy = await cleaned(original, Family.RECORDING)
    file.write_bytes(copy.data)
    assert CANARY in original
    assert CANARY not in copy.data and b"+41.3" not in copy.data
    assert copy.ending == ending and 0.9 < seconds(file) < 1.2


async def test_given_no_program_for_films_on_the_server_then_they_are_not_passed_on(monkeypatch):
    without = "import sys; sys.path.append(sys.argv.pop(1)); from bot.cleaning import child, programs\n"
    monkeypatch.setattr(cleaner, "_BOOT", f"{without}programs._PATH = '/nowhere'; child.main()")
    assert await why_not(b"\0\0\0\x18ftypmp42" + bytes(99)) is Uncleanable.UNTOOLED
