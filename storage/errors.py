"""What can go wrong with sealed things, split by whose turn it is to act.

    VaultError
    ├── Damaged      the bytes at rest are not what Panah wrote: keep the evidence, tell an admin
    │   ├── Tampered
    │   ├── Incomplete
    │   └── UnknownFormat
    ├── Gone         made unreadable on purpose: nobody can bring it back
    │   ├── KeyDestroyed
    │   ├── Evaporated
    │   └── BlobMissing
    ├── Refused      a person gave something that does not fit: ask again
    │   ├── WrongPassphrase
    │   ├── NotAKey
    │   ├── NotAHead
    │   └── TooLarge
    └── Setup        the operator must change something before Panah can start
        ├── BadParameters
        ├── KeyringMissing
        ├── Destroyed
        ├── KeyringExists
        ├── WidePermissions
        ├── WrongRoot
        ├── AlreadyServed
        ├── AlreadyFounded
        ├── NoRecoveryKey
        └── WordListChanged

The docstring of a class is the message that people see. `about` may name a file or a setting, never content.
"""

from inspect import cleandoc


class VaultError(Exception):
    """Something sealed could not be used."""

    def __init__(self, about: str = "") -> None:
        message = cleandoc(type(self).__doc__ or "")
        super().__init__(f"{about}: {message}" if about else message)


class Damaged(VaultError):
    """What is stored is not what Panah wrote."""


class Tampered(Damaged):
    """Stored data fails its seal: changed, moved, cut, rolled back, or sealed to another key.

    Keep a copy of the state folder and run `panah audit verify`.
    """


class Incomplete(Damaged):
    """A case has fewer or more parts than were written: rows were deleted or put back, and answers might go astray.

    Keep a copy of the state folder and run `panah audit verify`.
    """


class UnknownFormat(Damaged):
    """Stored data begins with a format this version does not know. Update Panah, or restore from a backup."""


class Gone(VaultError):
    """This was made unreadable on purpose."""


class KeyDestroyed(Gone):
    """The key of that month was destroyed after its retention period. Nobody can read this any more."""


class Evaporated(Gone):
    """This could be read only by the process that wrote it, and that process has ended. Ask the person again."""


class BlobMissing(Gone):
    """The attachment is no longer on this disk. It was erased, or the folder was restored without it."""


class Refused(VaultError):
    """What a person gave does not fit."""


class WrongPassphrase(Refused):
    """The passphrase does not open this key. Check the words and their order; a changed key looks the same."""


class NotAKey(Refused):
    """This is not a key of the expected kind. Check that it was copied whole, from the first letter to the last."""


class NotAHead(Refused):
    """This is not the head of an audit chain. Copy it whole, as it was posted: number, colon, 16 letters and digits."""


class TooLarge(Refused):
    """The file is larger than this server accepts. Send a smaller one, or send it in parts."""


class Setup(VaultError):
    """The server must be set up differently."""


class BadParameters(Setup):
    """Passphrase hashing costs are outside the accepted bounds (64 MiB to 4 GiB, 3 to 16 passes, 1 to 16 lanes)."""


class KeyringMissing(Setup):
    """This file of the keyring is missing. Run `panah init` for a new server, or restore it from a backup."""


class Destroyed(Setup):
    """The keys of this server were destroyed on purpose (`panah panic`): nothing here can be read any more.

    Restore a backup into an empty folder with the recovery key, or begin anew in one with `panah init`.
    """


class KeyringExists(Setup):
    """A keyring is already here, and Panah never overwrites one. Choose an empty state folder."""


class WidePermissions(Setup):
    """Others on this machine may read or replace this, or it belongs to somebody else.

    Run `chown` on it for the user of this server, and `chmod 0600` (`chmod 0700` on a folder).
    """


class WrongRoot(Setup):
    """The root key does not open the ring: one of the two is from another server, or damaged. Restore both together."""


class AlreadyServed(Setup):
    """Another process serves from this state folder or database: two would tear passphrases and leases from each
    other, and speak twice as fast as they may. Stop it.
    """


class AlreadyFounded(Setup):
    """This house has an admin already: only they can invite (`/invite` in the chat)."""


class NoRecoveryKey(Setup):
    """The ring holds no recovery key, so nothing could ever be recovered. Run `panah init` to its end."""


class WordListChanged(Setup):
    """The installed word list is not the expected one: passphrases would be weaker. Install from requirements.lock."""
