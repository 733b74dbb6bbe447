"""What stands in somebody's way, in the language of the page.

Errors are written in English where they are raised. Their Polish is in the
catalogue under the same sentence, with `{names}` where facts stand.
"""

from akta.kernel.errors import AktaError
from api.web import labels
from api.web.i18n import translate
from ingest.fields.names import FIELDS


def tell(error: AktaError, language: str) -> str:
    """The sentence of an error; one about a field of a record begins with the field's name."""
    said = translate(error.message, language)
    field = error.params.get("field")
    return f"{labels.field(field, language)}: {said}" if isinstance(field, str) and field in FIELDS else said
