"""Static files: kept for a year by browsers, since a changed one has another address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from ops.api.problems import Problem
from ops.desk.page_route import pages_of
from ops.desk.static_files import static_files, version

router = pages_of("files")
FOREVER = "public, max-age=31536000, immutable"
Version = Annotated[str, Path(alias="version", pattern=r"^[0-9a-f]{16}$")]
Name = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9_]+\.[a-z]+$")]


@router.get("/static/{version}/{name}")
async def static_file(request: Request, asked: Version, name: Name) -> Response:
    """Return a file. One of another version, which an instance of before or after gave out, is not kept."""
    file = static_files().get(name)
    if file is None:
        raise Problem(404, "there is no such file")
    headers = {"Vary": "Accept-Encoding", **({"Cache-Control": FOREVER} if asked == version() else {})}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.kind)
    return Response(file.content, headers=headers, media_type=file.kind)
