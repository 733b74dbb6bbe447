"""A sheet as plain text, and mail around a paper."""

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from tests.papers.sheet import Band, Block, Break, Frame, Gap, Grid, Pairs, Rule, Sheet, Side, Text


def as_text(sheet: Sheet, width: int = 96) -> str:
    """The sheet for a line printer: tables in columns, side by side things below each other."""
    return "\n".join(_lines(sheet.blocks, width)) + "\n"


def _lines(blocks: Sequence[Block], width: int) -> list[str]:
    out: list[str] = []
    for block in blocks:
        match block:
            case Text():
                if block.gap or block.bold:
                    out.append("")
                for paragraph in block.text.split("\n"):
                    lines = textwrap.wrap(paragraph, width) if len(paragraph) > width else [paragraph]
                    out.extend(line.center(width).rstrip() if block.align == "c" else line for line in lines)
            case Pairs():
                out.extend(f"{label}: {value}" if label else value for label, value in block.items)
            case Grid():
                out.extend(_table(block))
            case Side():
                out.extend([*_lines(block.left, width), "", *_lines(block.right, width)])
            case Frame():
                out.extend(["", *_lines(block.blocks, width), ""])
            case Rule():
                out.append("-" * min(width, 72))
            case Gap():
                out.append("")
            case Band():
                out.extend(["", block.text])
            case Break():
                out.append("\f")
    return out


def _table(grid: Grid) -> list[str]:
    rows = [[str(c) for c in row] for row in ([grid.head, *grid.rows] if grid.head else grid.rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(grid.widths))]
    out = []
    for row in rows:
        cells = [
            c.rjust(w) if a == "r" else c.ljust(w) for c, w, a in zip(row, widths, grid.align, strict=True)
        ]
        out.append("  ".join(cells).rstrip())
    if grid.head:
        out.insert(1, "-" * min(sum(widths) + 2 * len(widths), 110))
    return out


def mail(
    sender: str,
    recipient: str,
    subject: str,
    body: str,
    when: datetime,
    ident: str,
    attachment: tuple[str, bytes, str] | None = None,
) -> bytes:
    """An e-mail, with a file on it if given (name, data, media type)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(when.replace(tzinfo=UTC))
    message["Message-ID"] = f"<{ident}@papers.example>"
    message.set_content(body)
    if attachment:
        name, data, media_type = attachment
        main, sub = media_type.split("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
        message.set_boundary(f"=={ident}==")
    return message.as_bytes()
