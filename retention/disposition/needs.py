"""What others must have said before a record may go.

A rule may ask for it (`needs` of the derivation); a transfer always does. What a rule names and
Akta does not know stands in the way all the same, until somebody records it under that name.
"""

from typing import Any, Final

#: The state archive agreed (Polish category B of a public body).
ARCHIVE_CONSENT: Final = "archive_consent"
#: The body declared that the papers have no value left as evidence or for its work (the same).
NO_VALUE: Final = "declared_no_value"
#: The state archive's opinion on papers of category BE.
EXPERTISE: Final = "archive_opinion"
#: Whoever took the papers over confirmed it; recorded with the package, not by hand.
RECEIPT: Final = "archive_receipt"

KNOWN: Final = (ARCHIVE_CONSENT, NO_VALUE, EXPERTISE)


def needed(kept: dict[str, Any]) -> tuple[str, ...]:
    """What the rules of a derivation ask for, sorted; of a transfer besides a receipt (`needs_for`)."""
    said = kept.get("needs") or ()
    names = said if isinstance(said, (list, tuple)) else [said] if isinstance(said, str) else list(said)
    asked = {str(n)[:40] for n in names}
    if kept.get("action") == "review_by_archive":
        asked.add(EXPERTISE)
    return tuple(sorted(asked))


def ending(action: object) -> str:
    """What a rule's action means here: destroy, erase, transfer or review; empty if the rule lets nothing go.

    What is removed from a file is destroyed while the rest of the file stays.
    """
    known = {"remove": "destroy", "review_by_archive": "review"}
    said = known.get(str(action), str(action))
    return said if said in ("destroy", "erase", "transfer", "review") else ""


def needs_for(facts: dict[str, Any], action: str) -> tuple[str, ...]:
    """What must have been said before `action` is done to a record with these facts."""
    said = set(facts.get("needs") or ())
    if action == "transfer":
        # Handing over needs no consent to destroy; nothing goes before the one who took it says so.
        return tuple(sorted((said - {ARCHIVE_CONSENT, NO_VALUE}) | {RECEIPT}))
    return tuple(sorted(said - {RECEIPT}))
