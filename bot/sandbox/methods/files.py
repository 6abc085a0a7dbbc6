"""Files from the bot, and the way to those that people sent."""

from typing import Any

from bot.sandbox import limits, parameters
from bot.sandbox.files import StoredFile
from bot.sandbox.messages import Media
from bot.sandbox.methods.content import CAPTION, SENDING, caption_of, deliver
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter, Upload, accepted
from bot.sandbox.refusals import Refusal, bad_request


def _file(kind: str) -> Parameter:
    return Parameter(kind, parameters.file, f"there is no {kind} in the request")


DURATION = Parameter("duration", parameters.integer)
SPOILER = Parameter("has_spoiler", parameters.boolean)
FRAME = (Parameter("width", parameters.integer), Parameter("height", parameters.integer))


@method("sendPhoto", *SENDING, *CAPTION, _file("photo"), SPOILER)
def send_photo(call: Call) -> Any:
    """A picture. Telegram compresses it anew; the sandbox keeps the bytes."""
    return _send(call, "photo")


@method(
    "sendDocument",
    *SENDING,
    *CAPTION,
    _file("document"),
    Parameter("disable_content_type_detection", parameters.boolean),
    *accepted("thumbnail"),
)
def send_document(call: Call) -> Any:
    """A file as it is."""
    return _send(call, "document")


@method("sendVoice", *SENDING, *CAPTION, _file("voice"), DURATION)
def send_voice(call: Call) -> Any:
    """A voice message."""
    return _send(call, "voice")


@method(
    "sendVideo",
    *SENDING,
    *CAPTION,
    _file("video"),
    DURATION,
    SPOILER,
    *FRAME,
    Parameter("supports_streaming", parameters.boolean),
    *accepted("thumbnail", "cover", "start_timestamp"),
)
def send_video(call: Call) -> Any:
    """A film."""
    return _send(call, "video")


@method(
    "sendAudio",
    *SENDING,
    *CAPTION,
    _file("audio"),
    DURATION,
    Parameter("performer", parameters.text),
    Parameter("title", parameters.text),
    *accepted("thumbnail"),
)
def send_audio(call: Call) -> Any:
    """Music."""
    return _send(call, "audio")


def _send(call: Call, kind: str) -> dict[str, Any]:
    text, entities = caption_of(call)
    call.open_chat()
    stored = _stored(call, kind, call.get(kind))
    return deliver(call, text, entities, Media(kind, stored.payload(), stored))


def _stored(call: Call, kind: str, given: str | Upload) -> StoredFile:
    if isinstance(given, str) and given.startswith("attach://"):
        given = call.raw.get(given.removeprefix("attach://"), "")
    if isinstance(given, Upload):
        return _uploaded(call, kind, given)
    if given.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    known = call.world.files.by_id(given)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if known.kind != kind:
        raise bad_request(f"can't use file of type {known.kind.capitalize()} as {kind.capitalize()}")
    return known


def _uploaded(call: Call, kind: str, upload: Upload) -> StoredFile:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > limits.UPLOAD_BYTES:
        raise Refusal(413, "Request Entity Too Large")
    return call.world.files.store(kind, upload.data, upload.name, upload.mime if kind == "document" else "")


@method("getFile", Parameter("file_id", parameters.text, "file_id not specified"))
def get_file(call: Call) -> Any:
    """Where a file can be fetched; up to 20 MB, the limit of Telegram's own server."""
    stored = call.world.files.by_id(call.get("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > limits.DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return stored.to_api()
