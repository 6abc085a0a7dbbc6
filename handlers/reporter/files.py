"""Photos, documents and recordings: fetched, sealed, and put where they belong."""

from msgspec.structs import replace

from handlers import forms
from handlers.model import (
    REPORTER,
    Attachment,
    Context,
    Discard,
    Download,
    Downloaded,
    Draft,
    File,
    FileKind,
    Message,
    Outcome,
    Part,
    PartId,
    Passage,
    Said,
    Seal,
    StoredFile,
    Token,
)
from handlers.reporter import follow, words
from handlers.speech import say, with_effects


def for_draft(event: Attachment, context: Context) -> Outcome:
    """A file while a report is being written. Its caption counts as own words."""
    draft = context.conversation.draft or Draft(program=context.program.version)
    captioned = (*draft.words, *((Passage(event.message, event.caption),) if event.caption.strip() else ()))
    if len(draft.files) + len(draft.waiting) >= forms.FILES_WAITING or not forms.has_room(captioned):
        return _full(context)
    waiting = replace(draft, words=captioned, waiting=(*draft.waiting, event.message))
    said = _receiving(event, first=not (draft.files or draft.waiting))
    outcome = say(context, said, conversation=replace(context.conversation, draft=waiting))
    return with_effects(outcome, Download(event))


def for_case(event: Attachment, context: Context) -> Outcome:
    """A file for a report that was sent."""
    if context.case is None:
        return follow.offer(event, context)
    if context.case.unread >= forms.FILES_WAITING:
        return _full(context)
    caption = event.caption.strip()
    seals = (Seal(context.case.id, _part(context, Said(event.caption))),) if caption else ()
    here = follow.whereabouts(context, event.reply or Token(context.conversation.focus))
    fetch = Download(event, context.case.id)
    return with_effects(say(context, _receiving(event, first=context.case.unread == 0)), *seals, *here, fetch)


def downloaded(event: Downloaded, context: Context) -> Outcome:
    """The file is sealed, or could not be had; either way the person hears of it."""
    if event.file is None:
        return _failed(event, context)
    if event.case or event.source.message in context.conversation.late:
        return _to_case(event.file, context)
    return _to_draft(event, event.file, context)


def _failed(event: Downloaded, context: Context) -> Outcome:
    conversation = context.conversation
    if conversation.draft and not event.case:
        conversation = replace(conversation, draft=_settled(conversation.draft, event))
    why = Message(f"file.{event.fault or 'gone'}", {"megabytes": context.desk.max_file_mb})
    return say(context, why, conversation=conversation)


def _to_case(file: StoredFile, context: Context) -> Outcome:
    if context.case is None:
        return Outcome(context.conversation, (Discard((file.blob,)),))
    seal = Seal(context.case.id, _part(context, File(file)))
    return follow.updated(with_effects(say(context, Message("file.sealed")), seal), context)


def _to_draft(event: Downloaded, file: StoredFile, context: Context) -> Outcome:
    """Into the draft that waits for it. A file whose draft was cancelled goes with that, and into no other."""
    draft = context.conversation.draft
    if draft is None or event.source.message not in draft.waiting:
        return Outcome(context.conversation, (Discard((file.blob,)),))
    kept = replace(_settled(draft, event), files=(*draft.files, file))
    return words.file_kept(context, kept)


def _settled(draft: Draft, event: Downloaded) -> Draft:
    return replace(draft, waiting=tuple(ref for ref in draft.waiting if ref != event.source.message))


def _full(context: Context) -> Outcome:
    return say(context, Message("file.full", {"limit": forms.FILES_WAITING}))


def _receiving(event: Attachment, *, first: bool) -> Message:
    """The first file is told what a file keeps that a photo doesn't; the next ones need no sermon."""
    if event.kind is FileKind.PHOTO:
        return Message("file.photo.coming")
    return Message("file.coming" if first else "file.more.coming")


def _part(context: Context, body: Said | File) -> Part:
    return Part(PartId(context.new_id()), context.now, REPORTER, body)
