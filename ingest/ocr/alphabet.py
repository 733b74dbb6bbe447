"""The second reader's model without the letters that no paper here is written in.

PP-OCR tells 18,709 characters apart, nearly all of them Chinese. The last layer weighs every one at
every place of every line, which is a good part of what a line costs. The weights of characters
of other scripts are left out when the model is loaded: what remains is weighed as before.
"""

from typing import Any, Final

import numpy as np

#: Latin, Greek, Cyrillic, punctuation, currencies, signs like ™: all below the arrows.
_BELOW: Final = 0x2190
#: Marks on forms.
_MARKS: Final = frozenset("←→■□▪●○★☆☐☑☒✓✔✗✘")


def readable(character: str) -> bool:
    """Whether papers here may have this character; blank, the model's sign for nothing, has more letters."""
    return len(character) != 1 or ord(character) < _BELOW or character in _MARKS


def narrow(recogniser: Any, threads: int) -> bool:
    """Leave the other characters out of RapidOCR's recogniser, run by OpenVINO with so many threads.

    False, with nothing changed, if its model is not built as expected.
    """
    import openvino

    session, decoder = recogniser.session, recogniser.postprocess_op
    characters = list(decoder.character)
    kept = [at for at, character in enumerate(characters) if readable(character)]
    layers = [
        (op, list(op.get_output_shape(0)).index(len(characters)))
        for op in session.model.get_ordered_ops()
        if op.get_type_name() == "Constant" and len(characters) in list(op.get_output_shape(0))
    ]
    if len(layers) != 2:  # the weights of the last layer and what is added to them
        return False
    for layer, axis in layers:
        less = openvino.opset13.constant(np.take(layer.data, kept, axis=axis))
        for target in layer.output(0).get_target_inputs():
            target.replace_source_output(less.output(0))
    session.model.validate_nodes_and_infer_types()
    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": threads})
    session.session = core.compile_model(session.model, "CPU").create_infer_request()
    decoder.character = [characters[at] for at in kept]
    return True
