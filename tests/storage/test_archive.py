"""What a backup holds comes back as it was; what somebody else has put together is refused whole."""

import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from storage.archive import MANIFEST, BrokenBackup, Content, Manifest, Packer, unpack

MADE = datetime(2026, 11, 23, tzinfo=UTC)
BLOB = "blobs/" + "ab" * 16
MEMBERS = {"keys/root.key": b"k" * 32, "rows/parts/000000": b"", BLOB: b"x" * 1500, "settings.env": b"A='b'\n"}


def _manifest(members: dict[str, Content]) -> Manifest:
    return Manifest(made=MADE, schema="1", deployment="d", head="", rows={}, members=members)


def packed(members: dict[str, bytes] = MEMBERS) -> bytes:
    out = io.BytesIO()
    packer = Packer(out, lambda _: None)
    for name, data in members.items():
        packer.add(name, data)
    packer.finish(_manifest(dict(packer.contents)))
    return out.getvalue()


def test_given_members_then_they_come_back_with_their_manifest_and_for_their_owner_alone(tmp_path: Path):
    manifest = unpack(io.BytesIO(packed()), tmp_path)
    assert manifest.members.keys() == MEMBERS.keys()
    for name, data in MEMBERS.items():
        assert (tmp_path / name).read_bytes() == data
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_given_a_backup_then_tar_reads_it_without_us():
    with tarfile.open(fileobj=io.BytesIO(packed()), mode="r:") as tar:
        assert tar.getnames() == [*MEMBERS, MANIFEST]
        manifest = msgspec.json.decode(tar.extractfile(MANIFEST).read())  # type: ignore[union-attr]
    assert manifest["members"][BLOB]["size"] == 1500


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../root.key",
            "/etc/passwd",
            "keys/../../x",
            "keys/other",
            "blobs/AB",
            "rows/parts/1",
            "rows/../keys/000000",
        ),
        *("program/../../x.toml", "program/.ssh/x.toml", "program/x.py", "program/a/b/c/d/e.toml", "program//x.toml"),
        *("panah.db", "keys", "", "blobs/" + "ab" * 16 + "\n", "settings.env/x"),
    ],
)
def test_given_a_name_that_panah_does_not_give_then_nothing_is_taken(tmp_path: Path, name: str):
    with pytest.raises(BrokenBackup):
        unpack(io.BytesIO(packed({name: b"x"})), tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _member(kind: bytes, **more: str) -> bytes:
    head = tarfile.TarInfo(BLOB)
    head.type = kind
    for name, value in more.items():
        setattr(head, name, value)
    return head.tobuf(tarfile.USTAR_FORMAT)


KINDS = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.XHDTYPE]
KINDS += [tarfile.GNUTYPE_SPARSE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE, tarfile.CONTTYPE]


@pytest.mark.parametrize("kind", KINDS)
def test_given_a_link_a_device_or_an_extension_then_it_is_refused(tmp_path: Path, kind: bytes):
    with pytest.raises(BrokenBackup):
        unpack(io.BytesIO(_member(kind, linkname="/etc/passwd") + bytes(1024)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def _with_manifest(change: Callable[[dict[str, Content]], None]) -> bytes:
    out = io.BytesIO()
    packer = Packer(out, lambda _: None)
    for name, data in MEMBERS.items():
        packer.add(name, data)
    told = dict(packer.contents)
    change(told)
    packer.finish(_manifest(told))
    return out.getvalue()


FORGERIES = {
    "a digest that is not the content's": lambda told: told.update({BLOB: Content(1500, "0" * 64)}),
    "a member that is not there": lambda told: told.update({"settings.env2": Content(0, "0" * 64)}),
    "a member that nobody told of": lambda told: told.pop(BLOB),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_given_a_manifest_that_says_something_else_then_it_is_refused(tmp_path: Path, forgery: str):
    with pytest.raises(BrokenBackup):
        unpack(io.BytesIO(_with_manifest(FORGERIES[forgery])), tmp_path)


def _too_large() -> bytes:
    head = tarfile.TarInfo("settings.env")
    head.size = 1 << 33
    return head.tobuf(tarfile.GNU_FORMAT)


BROKEN = {
    "nothing": lambda: b"",
    "no end": lambda: packed()[:-1024],
    "half an end": lambda: packed()[:-512],
    "cut in a member": lambda: packed()[:2000],
    "something after the end": lambda: packed() + b"x",
    "no manifest": lambda: bytes(1024),
    "twice the same": lambda: packed()[:1024] + packed(),
    "a wrong checksum": lambda: packed().replace(b"keys/root.key", b"keys/r00t.key", 1),
    "a size that no such member has": _too_large,
}


@pytest.mark.parametrize("what", BROKEN)
def test_given_a_broken_archive_then_it_is_refused(tmp_path: Path, what: str):
    with pytest.raises(BrokenBackup):
        unpack(io.BytesIO(BROKEN[what]()), tmp_path)
