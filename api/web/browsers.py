"""Which browser a session is in, by what the browser says of itself: enough to know one's own again."""

#: What a browser's own description contains, in the order to look in: most of them also claim to be others.
_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_family(user_agent: str) -> str:
    """`Firefox, Windows`; empty for a browser that is not known. Nothing else of what it says is kept."""
    told = [next((name for mark, name in known if mark in user_agent), "") for known in (_FAMILIES, _SYSTEMS)]
    return ", ".join(filter(None, told))
