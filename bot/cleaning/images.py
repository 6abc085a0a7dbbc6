"""Pictures: what can be seen, and nothing else. Pixels are put into a new picture, upright and in sRGB; EXIF, GPS, XMP,
comments, colour profiles, thumbnails and whatever else a file held are not taken along.

JPEG, PNG, GIF and WebP keep their format, moving ones keep moving; BMP and TIFF become PNG, HEIC and AVIF become JPEG.
"""

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps, ImageSequence
from pillow_heif import register_heif_opener

from bot.cleaning.refusal import Clean, Refusal

PIXELS = 65_000_000
"""The most that a picture may have, all frames together: the largest that phones take are 8,160 x 6,120 and
9,248 x 6,936; it stands twice in memory, at 4 bytes each."""

_SRGB = ImageCms.createProfile("sRGB")
_CODECS = {"heif": "HEIF", "avif": "AVIF", "tiff": "TIFF"}
_FORMATS = {"bmp": "png", "tiff": "png", "heif": "jpeg", "avif": "jpeg"}
"""Types that don't keep their own."""
_ENDINGS = {"jpeg": "jpg"}
_SAVING: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 92, "subsampling": "4:4:4"},  # small coloured letters stay readable
    "png": {"compress_level": 4},
    "webp": {"quality": 92},
    "gif": {},
}

Image.init()
Image.MAX_IMAGE_PIXELS = PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
register_heif_opener(THUMBNAILS=False, DEPTH_IMAGES=False, AUX_IMAGES=False, DECODE_THREADS=1)


def clean(data: bytes, type: str) -> Clean:
    """A picture's copy. Raises `Refusal`, and what Pillow raises about broken ones."""
    try:
        with Image.open(BytesIO(data), formats=[_CODECS.get(type, type.upper())]) as picture:
            return _copied(picture, _FORMATS.get(type, type))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("bomb") from None


def _copied(picture: Image.Image, kind: str) -> Clean:
    count = 1 if kind == "jpeg" else getattr(picture, "n_frames", 1)
    if picture.width * picture.height * count > PIXELS:
        raise Refusal("bomb")
    if count > 1 and picture.format == "TIFF":
        raise Refusal("unknown")  # its pages are no film, and none of them may be lost
    held = BytesIO()
    (_save_moving if count > 1 else _save_still)(picture, kind, held)
    return Clean(held.getvalue(), _ENDINGS.get(kind, kind), f"image/{kind}")


def _save_still(picture: Image.Image, kind: str, held: BytesIO) -> None:
    _bare(picture, kind).save(held, kind, **_SAVING[kind])


def _save_moving(picture: Image.Image, kind: str, held: BytesIO) -> None:
    loop = picture.info.get("loop", 1)
    frames, durations = zip(*_frames(picture, kind), strict=True)
    moving = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": loop}
    frames[0].save(held, kind, **moving, **_SAVING[kind])


def _frames(picture: Image.Image, kind: str) -> Iterator[tuple[Image.Image, int]]:
    for frame in ImageSequence.Iterator(picture):
        yield _bare(frame.copy(), kind), int(frame.info.get("duration", 100))


def _bare(picture: Image.Image, kind: str) -> Image.Image:
    """The pixels in a new picture, which knows nothing else. Changes the given one: there is no memory for a third."""
    ImageOps.exif_transpose(picture, in_place=True)
    upright = _in_srgb(picture)
    if upright.mode.startswith("I"):  # 16 bits a pixel, of scanners
        upright = upright.point(lambda level: level / 256)  # Pillow's own form for scaling
    clear = kind != "jpeg" and upright.has_transparency_data
    mode = "RGBA" if clear else "L" if upright.mode in {"1", "L", "I", "I;16"} else "RGB"
    if upright.mode != mode:
        upright = upright.convert(mode)
    bare = Image.new(mode, upright.size)
    bare.paste(upright)
    return bare


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The colours as its profile means them; a profile that can't be read or doesn't fit means nothing."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK"}:
        return picture
    mode = "RGB" if picture.mode == "CMYK" else picture.mode
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        in_place = mode == picture.mode
        return ImageCms.profileToProfile(picture, given, _SRGB, outputMode=mode, inPlace=in_place) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
