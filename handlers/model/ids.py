"""Names of things: each its own type, so that one cannot be passed for another."""

from collections.abc import Mapping
from typing import NewType

from msgspec import Struct

Address = NewType("Address", str)
"""Where a chat is, as "adapter:something". Opaque: only the adapter named before the colon makes or reads one."""
MessageRef = NewType("MessageRef", str)
"""One message in one chat; opaque outside its adapter, unique within its chat."""
FileRef = NewType("FileRef", str)
"""A file that waits at the messenger; opaque outside its adapter."""

CaseId = NewType("CaseId", str)
MemberId = NewType("MemberId", str)
PartId = NewType("PartId", str)
BlobId = NewType("BlobId", str)
AdvisoryId = NewType("AdvisoryId", str)
Token = NewType("Token", str)
"""A secret of 128 random bits that leads to one case or one subscription; stored only as a keyed hash."""
PromptId = NewType("PromptId", str)
"""Names one screen of one chat, so that a press on an older screen is recognised."""

Answers = Mapping[str, tuple[str, ...]]
"""Question id -> chosen values. A skipped question is an empty tuple; a missing one has not been asked."""


class Value(Struct, frozen=True, omit_defaults=True):
    """Base of all plain values."""


class Tagged(Struct, frozen=True, omit_defaults=True, tag=True, tag_field="is"):
    """Base of values that are stored as one of several kinds."""
