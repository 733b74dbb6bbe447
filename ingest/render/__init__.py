"""What people look at and take away: searchable PDF, previews, thumbnails."""

from ingest.render.make import Made, render

__all__ = ["Made", "render"]
