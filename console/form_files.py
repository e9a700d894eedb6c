"""Files that staff chose in a form."""

from starlette.datastructures import FormData, UploadFile

from desk.attachments import MOST_FILES
from desk.errors import Invalid
from desk.ports import FetchedFile


async def files_of(form: FormData) -> list[FetchedFile]:
    """The files of a form's field "files". Raises Invalid when there are more than go together."""
    chosen = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if len(chosen) > MOST_FILES:
        raise Invalid("file.count", str(MOST_FILES))
    return [FetchedFile(await one.read(), one.content_type or "", one.filename or "") for one in chosen]
