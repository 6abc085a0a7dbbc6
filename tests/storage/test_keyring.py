"""The ring: outside the database, readable by its owner only, never half-written, and able to forget."""

import os
import stat
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest

from storage import box, durable, keyring
from storage.errors import (
    KeyDestroyed,
    KeyringExists,
    KeyringMissing,
    NoRecoveryKey,
    NotAKey,
    Tampered,
    UnknownFormat,
    WidePermissions,
    WrongRoot,
)
from storage.framing import frame
from storage.keyring import NEXT_ROOT, RING_FILE, ROOT_FILE, Keyring, erase, kid_of, rotate
from storage.pairs import new_pair

NOVEMBER, DECEMBER = date(2026, 11, 23), date(2026, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def facts(ring: Keyring) -> tuple[object, ...]:
    return ring.deployment, ring.pepper, ring.audit_key, ring.index("telegram:1"), ring.data_key(kid_of(NOVEMBER))


def test_given_a_created_ring_when_opened_again_then_every_key_is_the_same(folder: Path):
    assert facts(Keyring.create(folder, NOVEMBER)) == facts(Keyring.open(folder))


def test_two_servers_share_nothing(tmp_path: Path):
    one, two = (Keyring.create(tmp_path / name, NOVEMBER) for name in "ab")
    assert not set(facts(one)) & set(facts(two))


def test_only_the_owner_may_read_the_files(folder: Path):
    Keyring.create(folder, NOVEMBER)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {"state": 0o700, ROOT_FILE: 0o400, RING_FILE: 0o600}


def test_neither_file_shows_a_key_of_the_ring(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    files = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in (ring._ring.static, ring.pepper, ring.data_key(kid_of(NOVEMBER)), ring.deployment.encode()):
        assert secret not in files
    assert "Ring(…)" in repr(ring._ring)


def test_given_a_ring_when_created_again_then_it_refuses_and_changes_nothing(folder: Path):
    before = facts(Keyring.create(folder, NOVEMBER))
    with pytest.raises(KeyringExists):
        Keyring.create(folder, NOVEMBER)
    assert facts(Keyring.open(folder)) == before


def test_given_a_ring_whose_root_is_kept_elsewhere_when_created_again_then_the_ring_stays(folder: Path):
    Keyring.create(folder, NOVEMBER)
    ring = (folder / RING_FILE).read_bytes()
    (folder / ROOT_FILE).unlink()
    with pytest.raises(KeyringExists):
        Keyring.create(folder, NOVEMBER)
    assert (folder / RING_FILE).read_bytes() == ring
    assert not (folder / ROOT_FILE).exists()


@pytest.mark.parametrize("name", [ROOT_FILE, RING_FILE])
@pytest.mark.parametrize("bits", [0o040, 0o004, 0o020, 0o001])
def test_given_a_file_that_others_may_touch_when_opened_then_it_refuses(folder: Path, name: str, bits: int):
    Keyring.create(folder, NOVEMBER)
    (folder / name).chmod(0o400 | bits)
    with pytest.raises(WidePermissions, match="chmod"):
        Keyring.open(folder)


def test_a_credential_of_systemd_may_be_group_readable_but_no_wider(monkeypatch: pytest.MonkeyPatch, folder: Path):
    Keyring.create(folder, NOVEMBER)
    credential = folder / ROOT_FILE
    credential.chmod(0o440)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0o100440, 0, 0, 1, 0, 0, 32, 0, 0, 0)))
    assert len(durable.read_private(credential)) == 32
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0o100444, 0, 0, 1, 0, 0, 32, 0, 0, 0)))
    with pytest.raises(WidePermissions):
        durable.read_private(credential)


@pytest.mark.parametrize("bits", [0o020, 0o002])
def test_given_a_folder_in_which_others_may_replace_files_then_it_refuses(folder: Path, bits: int):
    Keyring.create(folder, NOVEMBER)
    folder.chmod(0o700 | bits)
    with pytest.raises(WidePermissions):
        Keyring.open(folder)
    with pytest.raises(WidePermissions):
        Keyring.create(folder, NOVEMBER)


def test_a_missing_folder_is_a_missing_keyring(tmp_path: Path):
    with pytest.raises(KeyringMissing):
        Keyring.open(tmp_path / "nowhere")


def test_a_ring_of_a_newer_version_is_refused_and_not_shortened(folder: Path):
    root = Keyring.create(folder, NOVEMBER)._root
    newer = b'{"deployment":"d","static":"","data":{},"floor":0,"recovery":"","more":1}'
    (folder / RING_FILE).write_bytes(b"\x41" + box.seal(root, frame("panah", "ring"), newer))
    with pytest.raises(UnknownFormat):
        Keyring.open(folder)


def test_a_file_of_somebody_else_is_refused(monkeypatch: pytest.MonkeyPatch, folder: Path):
    Keyring.create(folder, NOVEMBER)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0o100400, 0, 0, 1, 1234, 0, 32, 0, 0, 0)))
    with pytest.raises(WidePermissions):
        Keyring.open(folder)


def test_root_may_come_from_another_place(folder: Path, tmp_path: Path):
    before = facts(Keyring.create(folder, NOVEMBER))
    credential = (folder / ROOT_FILE).rename(tmp_path / "credential")
    with pytest.raises(KeyringMissing, match="panah init"):
        Keyring.open(folder)
    assert facts(Keyring.open(folder, root=credential)) == before


def test_a_root_of_another_server_or_size_is_refused(folder: Path, tmp_path: Path):
    Keyring.create(folder, NOVEMBER)
    Keyring.create(tmp_path / "other", NOVEMBER)
    with pytest.raises(WrongRoot):
        Keyring.open(folder, root=tmp_path / "other" / ROOT_FILE)
    durable.create(tmp_path / "short", b"short", 0o400)
    with pytest.raises(WrongRoot):
        Keyring.open(folder, root=tmp_path / "short")


def test_a_changed_ring_is_refused(folder: Path):
    Keyring.create(folder, NOVEMBER)
    path = folder / RING_FILE
    sealed = path.read_bytes()
    damages = ((sealed[:-1], WrongRoot), (sealed + b"\0", WrongRoot), (b"\x42" + sealed[1:], UnknownFormat))
    for damaged, error in damages:
        path.write_bytes(damaged)
        with pytest.raises(error):
            Keyring.open(folder)


def test_the_blind_index_is_short_equal_for_equals_and_knows_where_parts_end(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    assert len(ring.index("address", "telegram:1")) == 16
    assert ring.index("address", "telegram:1") == ring.index("address", "telegram:1")
    assert len({ring.index(*parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", "")]}) == 4


def test_given_a_new_month_when_a_key_is_needed_then_it_is_made_once_and_kept(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    kid = ring.current(DECEMBER)
    assert kid == kid_of(DECEMBER) == kid_of(NOVEMBER) + 1
    assert ring.data_key(kid) != ring.data_key(kid_of(NOVEMBER))
    assert Keyring.open(folder).data_key(kid) == ring.data_key(kid)


def test_given_several_processes_when_all_need_the_new_month_then_they_agree_on_its_key(folder: Path):
    Keyring.create(folder, NOVEMBER)
    rings = [Keyring.open(folder) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        kids = set(threads.map(lambda ring: ring.current(DECEMBER), rings))
    assert kids == {kid_of(DECEMBER)}
    assert len({ring.data_key(kid_of(DECEMBER)) for ring in rings}) == 1


def test_given_a_month_made_by_another_process_when_its_row_is_read_then_the_key_is_found(folder: Path):
    ring, other = Keyring.create(folder, NOVEMBER), Keyring.open(folder)
    kid = other.current(DECEMBER)
    assert ring.data_key(kid) == other.data_key(kid)


def test_given_destroyed_months_then_they_are_gone_for_this_and_later_processes(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    ring.current(DECEMBER)
    ring.destroy(before=DECEMBER)
    for opened in (ring, Keyring.open(folder)):
        with pytest.raises(KeyDestroyed):
            opened.data_key(kid_of(NOVEMBER))
        assert opened.data_key(kid_of(DECEMBER))


def test_destroying_earlier_months_later_brings_nothing_back(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    ring.destroy(before=DECEMBER)
    ring.destroy(before=date(2020, 1, 1))
    with pytest.raises(KeyDestroyed):
        ring.data_key(kid_of(NOVEMBER))


def test_given_a_clock_that_went_back_then_no_key_is_made_in_a_destroyed_month(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    ring.destroy(before=DECEMBER)
    assert ring.current(date(1970, 1, 1)) == kid_of(DECEMBER)


def test_a_process_with_an_old_ring_in_memory_cannot_bring_a_destroyed_month_back(folder: Path):
    ring, stale = Keyring.create(folder, NOVEMBER), Keyring.open(folder)
    ring.destroy(before=DECEMBER)
    stale.current(date(2027, 1, 1))
    with pytest.raises(KeyDestroyed):
        Keyring.open(folder).data_key(kid_of(NOVEMBER))
    with pytest.raises(KeyDestroyed):
        stale.data_key(kid_of(NOVEMBER))


def test_a_kid_that_was_never_made_is_a_forgery(folder: Path):
    with pytest.raises(Tampered):
        Keyring.create(folder, NOVEMBER).data_key(65535)


def test_the_recovery_key_is_kept_and_must_be_a_key(folder: Path):
    ring = Keyring.create(folder, NOVEMBER)
    with pytest.raises(NoRecoveryKey):
        ring.recovery_public  # noqa: B018  # the property raises
    with pytest.raises(NotAKey):
        ring.adopt_recovery(b"not a key")
    public = new_pair().public
    ring.adopt_recovery(public)
    assert Keyring.open(folder).recovery_public == public


def test_given_a_panic_then_root_and_ring_are_gone_and_it_can_be_said_twice(folder: Path):
    Keyring.create(folder, NOVEMBER)
    assert erase(folder) == ()
    assert list(folder.iterdir()) == []
    assert erase(folder) == ()


def test_a_panic_finds_what_a_crash_left_of_root(folder: Path):
    Keyring.create(folder, NOVEMBER)
    os.link(folder / ROOT_FILE, durable.part_of(folder / ROOT_FILE))
    assert erase(folder) == ()
    assert list(folder.iterdir()) == []


def test_a_panic_overwrites_before_it_unlinks(folder: Path):
    root = Keyring.create(folder, NOVEMBER)._root
    os.link(folder / ROOT_FILE, folder / "kept open by a backup")
    erase(folder)
    kept = (folder / "kept open by a backup").read_bytes()
    assert len(kept) == len(root) and kept != root


def test_a_panic_names_what_it_could_not_destroy(folder: Path, monkeypatch: pytest.MonkeyPatch):
    Keyring.create(folder, NOVEMBER)

    def read_only(self: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", read_only)
    assert folder / ROOT_FILE in erase(folder)


def test_given_a_new_root_then_the_old_one_opens_nothing_and_all_keys_are_as_they_were(folder: Path):
    before = facts(Keyring.create(folder, NOVEMBER))
    old = durable.read_private(folder / ROOT_FILE)
    rotate(folder)
    assert facts(Keyring.open(folder)) == before
    (folder / "old").write_bytes(old)
    (folder / "old").chmod(0o400)
    with pytest.raises(WrongRoot):
        Keyring.open(folder, folder / "old")
    assert {path.name for path in folder.iterdir()} == {ROOT_FILE, RING_FILE, "old"}


def test_given_a_kill_at_any_step_of_a_new_root_then_one_of_the_two_opens_the_ring(tmp_path: Path):
    deaths = 0
    for step in range(60):
        folder = tmp_path / str(step)
        before = facts(Keyring.create(folder, NOVEMBER))
        died = killed_at(step, lambda folder=folder: rotate(folder))
        deaths += died
        assert facts(Keyring.open(folder)) == before
        rotate(folder)
        assert facts(Keyring.open(folder)) == before
        assert {path.name for path in folder.iterdir()} == {ROOT_FILE, RING_FILE}
        if not died:
            break
    assert 15 < deaths < 59


def just_before_the_lock(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Another process does this just before the next one that wants the folder gets it."""
    original, left = durable.locked, [deed]

    @contextmanager
    def late(folder: Path) -> Iterator[None]:
        if left:
            left.pop()()
        with original(folder):
            yield

    monkeypatch.setattr(durable, "locked", late)


def test_given_two_that_open_what_a_new_root_cut_short_has_left_then_neither_destroys_what_the_other_put_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    before = facts(Keyring.create(folder, NOVEMBER))
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(keyring, "_take_up", _dead)
        rotate(folder)
    just_before_the_lock(monkeypatch, lambda: Keyring.open(folder))
    assert facts(Keyring.open(folder)) == before
    assert facts(Keyring.open(folder)) == before
    assert {path.name for path in folder.iterdir()} == {ROOT_FILE, RING_FILE}


def test_given_another_who_dies_at_any_step_of_a_new_root_just_before_ones_own_then_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for step in range(60):
        folder = tmp_path / str(step)
        before, died = facts(Keyring.create(folder, NOVEMBER)), []
        with monkeypatch.context() as two:
            just_before_the_lock(two, lambda: died.append(killed_at(step, lambda: rotate(folder))))  # noqa: B023
            rotate(folder)
        assert facts(Keyring.open(folder)) == before
        assert {path.name for path in folder.iterdir()} == {ROOT_FILE, RING_FILE}
        if died == [False]:
            break
    assert step > 15


def test_given_a_month_that_another_makes_while_the_root_changes_then_its_key_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    Keyring.create(folder, NOVEMBER)
    just_before_the_lock(monkeypatch, lambda: Keyring.open(folder).current(DECEMBER))
    rotate(folder)
    assert kid_of(DECEMBER) in Keyring.open(folder)._ring.data


def test_given_whoever_copies_root_and_ring_under_the_lock_then_the_copies_fit_while_the_root_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    Keyring.create(folder, NOVEMBER)
    original, copies = durable.locked, []

    @contextmanager
    def copied(where: Path) -> Iterator[None]:
        with original(where):
            yield
        copies.append(((folder / ROOT_FILE).read_bytes(), (folder / RING_FILE).read_bytes()))

    monkeypatch.setattr(durable, "locked", copied)
    rotate(folder)
    for number, (root, ring) in enumerate(copies):
        other = folder.with_name(f"copy {number}")
        other.mkdir(mode=0o700)
        durable.create(other / ROOT_FILE, root, 0o400)
        durable.create(other / RING_FILE, ring, 0o600)
        Keyring.open(other)


def _dead(_: Path) -> None:
    raise KeyboardInterrupt


def test_given_a_new_root_on_its_way_when_panic_comes_then_it_is_destroyed_too(folder: Path):
    Keyring.create(folder, NOVEMBER)
    durable.create(folder / NEXT_ROOT, b"x" * 32, 0o400)
    assert erase(folder) == ()
    assert list(folder.iterdir()) == []


STEPS = ("open", "fchmod", "fsync", "link", "unlink", "replace", "close")


def killed_at(step: int, deed: Callable[[], object]) -> bool:
    """Do it in a child that dies at the n-th system call which touches a file; True when it died before the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests' idle threads are no matter here
        child = os.fork()
    if child == 0:
        _die_at(step)
        deed()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def _die_at(step: int) -> None:
    left = iter(range(step, -1, -1))

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            if next(left) == 0:
                os._exit(9)
            return call(*args, **more)

        return step

    for name in STEPS:
        setattr(os, name, dying(getattr(os, name)))


def test_given_a_kill_at_any_step_of_a_change_then_the_ring_is_the_old_or_the_new_one(tmp_path: Path):
    deaths = 0
    for step in range(40):
        folder = tmp_path / str(step)
        before = facts(Keyring.create(folder, NOVEMBER))
        died = killed_at(step, lambda folder=folder: Keyring.open(folder).current(DECEMBER))
        deaths += died
        ring = Keyring.open(folder)
        assert facts(ring) == before
        assert set(ring._ring.data) <= {kid_of(NOVEMBER), kid_of(DECEMBER)}
        ring.current(DECEMBER)
        assert {path.name for path in folder.iterdir()} == {ROOT_FILE, RING_FILE}
        if not died:
            break
    assert 5 < deaths < 39


def test_a_change_is_synced_renamed_and_synced_again_and_never_written_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    ring = Keyring.create(folder, NOVEMBER)
    before = (folder / RING_FILE).stat().st_ino
    os.link(folder / RING_FILE, folder / "old")
    steps: list[str] = []
    for name in ("fsync", "replace"):
        call = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, call=call: (steps.append(name), call(*args)))
    ring.current(DECEMBER)
    assert steps == ["fsync", "replace", "fsync"]
    assert (folder / RING_FILE).stat().st_ino != before == (folder / "old").stat().st_ino


def test_given_a_kill_at_any_step_of_the_creation_then_creating_again_completes_it(tmp_path: Path):
    deaths = 0
    for step in range(60):
        folder = tmp_path / str(step)
        died = killed_at(step, lambda folder=folder: Keyring.create(folder, NOVEMBER))
        deaths += died
        with suppress(KeyringExists):
            Keyring.create(folder, NOVEMBER)
        assert Keyring.open(folder).data_key(kid_of(NOVEMBER))
        if not died:
            break
    assert 10 < deaths < 59


def test_kids_are_months_and_fit_their_two_bytes():
    assert kid_of(date(2000, 1, 31)) == 0
    assert kid_of(date(2026, 11, 23)) == 26 * 12 + 10
    assert kid_of(date(7461, 4, 1)) == 65535
    assert keyring.kid_of(date(2027, 1, 1)) - keyring.kid_of(date(2026, 12, 31)) == 1
