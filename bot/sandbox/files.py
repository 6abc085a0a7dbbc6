"""Files that travelled through the sandbox; kept in memory only."""

import secrets
from dataclasses import dataclass, field
from typing import Any

EXTENSIONS = {"photo": "jpg", "voice": "oga", "video": "mp4", "audio": "mp3", "sticker": "webp", "video_note": "mp4"}
MIMES = {
    "photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4", "audio": "audio/mpeg",
    "sticker": "image/webp", "video_note": "video/mp4", "animation": "video/mp4",
}  # fmt: skip
LENGTHS: dict[str, dict[str, Any]] = {"voice": {"duration": 3}, "audio": {"duration": 3}}
FRAMES: dict[str, dict[str, Any]] = {
    "photo": {"width": 800, "height": 600},
    "video": {"width": 800, "height": 600, "duration": 3},
    "animation": {"width": 320, "height": 240, "duration": 3},
    "video_note": {"length": 240, "duration": 3},
    "sticker": {"width": 512, "height": 512, "type": "regular", "is_animated": False, "is_video": False},
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with its ids. `path` is what getFile answers and the download address ends with."""

    file_id: str
    file_unique_id: str
    kind: str
    name: str
    mime: str
    data: bytes = field(repr=False)
    path: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def to_api(self) -> dict[str, Any]:
        """The `File` that getFile answers."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.file_unique_id,
            "file_size": self.size,
            "file_path": self.path,
        }

    def payload(self) -> Any:
        """The field of a message that carries this file: photos come as a list of sizes."""
        shown: dict[str, Any] = {
            "file_id": self.file_id,
            "file_unique_id": self.file_unique_id,
            "file_size": self.size,
            **FRAMES.get(self.kind, {}),
            **LENGTHS.get(self.kind, {}),
        }
        if self.kind == "photo":
            return [shown]
        if self.kind not in ("sticker", "video_note"):
            shown["mime_type"] = self.mime
        if self.kind in ("document", "video", "audio", "animation"):
            shown["file_name"] = self.name
        return shown


class Files:
    """All files of one sandbox, by id and by path."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def store(self, kind: str, data: bytes, name: str = "", mime: str = "") -> StoredFile:
        """Keep a file under new ids. The sender's name never becomes a path."""
        number = len(self._by_id)
        stored = StoredFile(
            file_id=secrets.token_urlsafe(24),
            file_unique_id=secrets.token_urlsafe(9),
            kind=kind,
            name=name or f"{kind}.{EXTENSIONS.get(kind, 'bin')}",
            mime=mime or MIMES.get(kind, "application/octet-stream"),
            data=data,
            path=f"{kind}s/file_{number}.{EXTENSIONS.get(kind, 'bin')}",
        )
        self._by_id[stored.file_id] = self._by_path[stored.path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile | None:
        """The file of a file_id."""
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        """The file of a path that getFile gave out."""
        return self._by_path.get(path)
