"""Files that staff put on a ticket: read from a form, checked, kept."""

from collections.abc import Sequence

from starlette.datastructures import FormData, UploadFile

from desk.attachments import MOST_FILES, inspect
from desk.errors import Invalid
from desk.messages import Attachment
from desk.ports import FetchedFile
from wiring.services import Services


async def files_of(form: FormData) -> list[FetchedFile]:
    """The files of a form's field "files". Raises Invalid when there are more than go together."""
    chosen = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if len(chosen) > MOST_FILES:
        raise Invalid("file.count", str(MOST_FILES))
    return [FetchedFile(await one.read(), one.content_type or "", one.filename or "") for one in chosen]


async def keep(services: Services, files: Sequence[FetchedFile]) -> list[Attachment]:
    """Check them all, then keep our own copies. Raises Invalid naming the rule that one breaks."""
    accepted = [inspect(file.name, file.content) for file in files]
    kept = []
    for file, what in zip(files, accepted, strict=True):
        clean = FetchedFile(file.content, what.media_type, what.name)
        stored = await services.uploads.keep(clean, services.clock.now())
        kept.append(Attachment(what.kind, what.name, what.media_type, stored.size, file_id=stored.id))
    return kept
