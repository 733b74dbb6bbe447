"""What a file's name claims it to be."""

_FAMILIES: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "image/bmp": ("bmp", "dib"),
    "image/jp2": ("jp2", "j2k", "jpx", "jpf", "j2c", "jpc"),
    "image/heic": ("heic", "heics", "heif", "heifs", "hif"),
    "image/avif": ("avif", "avifs"),
    "image/svg+xml": ("svg",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (
        "docx",
        "docm",
        "dotx",
        "dotm",
    ),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx", "xlsm", "xltx", "xltm"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (
        "pptx",
        "pptm",
        "ppsx",
        "ppsm",
        "potx",
        "potm",
    ),
    "application/vnd.oasis.opendocument.text": ("odt", "ott"),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods", "ots"),
    "application/vnd.oasis.opendocument.presentation": ("odp", "otp"),
    "application/rtf": ("rtf", "doc"),
    "application/msword": ("doc", "dot"),
    "application/vnd.ms-excel": ("xls", "xlt"),
    "application/vnd.ms-powerpoint": ("ppt", "pps", "pot"),
    "application/vnd.ms-outlook": ("msg", "oft"),
    "application/x-ole-encrypted-package": ("docx", "xlsx", "pptx", "docm", "xlsm", "pptm"),
    "application/zip": ("zip",),
    "application/gzip": ("gz", "tgz"),
    "application/x-tar": ("tar",),
}

#: Endings of text files; text of any kind may carry any of them.
_TEXT = frozenset(
    [
        "txt",
        "text",
        "log",
        "md",
        "csv",
        "tsv",
        "tab",
        "json",
        "xml",
        "html",
        "htm",
        "xhtml",
        "eml",
        "mbox",
        "hl7",
        "sta",
        "mt940",
        "940",
        "942",
    ]
)
_ALL = frozenset(ending for endings in _FAMILIES.values() for ending in endings) | _TEXT

#: Endings under which text is a program on some desk.
PROGRAM_ENDINGS = frozenset(
    [
        "bat",
        "cmd",
        "com",
        "ps1",
        "psm1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "wsh",
        "hta",
        "scr",
        "pif",
        "sh",
        "py",
        "pl",
        "rb",
        "php",
        "jar",
        "reg",
        "scf",
    ]
)


def ending(untrusted_name: str) -> str:
    """The name's last ending in small letters, without the point; empty if there is none."""
    last = untrusted_name.replace("\\", "/").rsplit("/", 1)[-1]
    return last.rpartition(".")[2].lower() if "." in last else ""


def misnamed(untrusted_name: str, media_type: str) -> bool:
    """Whether the name's ending is one we know and belongs to another format."""
    claimed = ending(untrusted_name)
    if claimed not in _ALL:
        return False
    expected = _FAMILIES.get(media_type)
    return claimed not in expected if expected is not None else claimed not in _TEXT
