"""Which instrument wrote an export, told by what its program prints at the head of every file.

Public knowledge of laboratory instruments, not of any paper: a program has one layout of its
own (`##BLOCKS=` of SoftMax Pro, `EnSight Results from` of Kaleido), one maker and one technique.
Where no program is known, the columns still tell the technique: nobody but a cell counter has
a column of viable cells per millilitre.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Make:
    """`sign` must be found in the head of the file. What is empty is not implied by it."""

    sign: re.Pattern[str]
    technique: str
    software: str = ""
    manufacturer: str = ""
    model: str = ""

    def facts(self) -> dict[str, str]:
        named = {"software": self.software, "manufacturer": self.manufacturer, "model": self.model}
        return {"technique": self.technique, **{name: value for name, value in named.items() if value}}


_PLATE, _CELLS, _SPECTRO, _LIQUID = "plate reader", "cell counting", "spectrophotometry", "liquid handler"
_DPCR, _QPCR, _SOLUTION, _BEADS = "dPCR", "qPCR", "solution analyzer", "multi analyte profiling"
_THERMO: Final = "Thermo Fisher Scientific"

_LUNATIC: Final = r"\bLunatic\b|^Plate ID\WPlate\WPosition\W[^\n]*A260/A2[38]0"

#: sign | technique | software | manufacturer | model. The first that fits is taken.
_TABLE: Final = (
    (r"Experiment File Path:[^\n]*\n(?:[^\n]*\n)?Protocol File Path:", _PLATE, "Gen5", "", ""),
    (r"^##BLOCKS=\s*\d", _PLATE, "SoftMax Pro", "", ""),
    (r"EnSight Results from", _PLATE, "Kaleido", "Revvity", "EnSight"),
    (r"Exported with EnVision", _PLATE, "EnVision Workstation", "", "EnVision"),
    (r"Plate\WRepeat\WBarcode\WMeasured height", _PLATE, "EnVision Workstation", "", "EnVision"),
    (r"\\BMG\\[^\n]*Test run no\.", _PLATE, "BMG MARS", "BMG LABTECH", ""),
    (r"\bMSD Workbench\b", _PLATE, "MSD Workbench", "", ""),
    (r"\bMMPR \d", _PLATE, "", "", ""),
    (r"\bImmunoSpot\b", _PLATE, "ImmunoSpot", "CTL", ""),
    (r"\bMabtech\b|Mabtech[_ ]IRIS", _PLATE, "Apex", "", "IRIS"),
    (r"\bMagellan\b", _PLATE, "Magellan", "Tecan", ""),
    (_LUNATIC, _PLATE, "Lunatic and Stunner Analysis", "Unchained Labs", "Lunatic"),
    (r"\bStunner\b", _PLATE, "Lunatic and Stunner Analysis", "Unchained Labs", "Stunner"),
    (r"\bBiacore\b", "binding affinity analyzer", "Biacore Insight Evaluation", "Cytiva", ""),
    (r"\bxPONENT\b", _BEADS, "xPONENT", "", ""),
    (r"\bVi-CELL XR\b", _CELLS, "Vi-Cell XR", "", "Vi-Cell XR"),
    (r"Total \(x10\^6\) cells/mL[^\n]*Viable \(x10\^6\) cells/mL", _CELLS, "Vi-Cell BLU", "", "Vi-Cell BLU"),
    (r"TOTAL \(cells/ml\)[^\n]*LIVE \(cells/ml\)[^\n]*AGGREGATES", _CELLS, "NC-View", "ChemoMetec", ""),
    (r"\bNucleoView\b", _CELLS, "NucleoView", "", ""),
    (r"\bLive \(cells/ml\)", _CELLS, "NucleoView", "", ""),
    (r"\bCedex ID\b", _CELLS, "Cedex software", "Roche", "Cedex HiRes"),
    (r"Live Cells/mL[^\n]*Dead Mean Size", _CELLS, "Revvity Matrix", "", ""),
    (r"#ARC-FILE#[^\n]*CEDEX BIO HT", _SOLUTION, "CEDEX BIO HT", "", "CEDEX BIO HT"),
    (r"\bPharmSpec\b", _SOLUTION, "PharmSpec", "", ""),
    (r"Partitions \(valid\)", _DPCR, "Qiacuity Software Suite", "Qiagen", ""),
    (r"^Run\WDate\WInstrument\WPlate\W", _DPCR, "QuantStudio Absolute Q Digital PCR Software", _THERMO, ""),
    (r"\bDiomni\b", _QPCR, "Diomni", _THERMO, ""),
    (r"^\* Block Type\s*=", _QPCR, "", "", ""),
    (r"Run ID\WTest Date\WAssay Name\W[^\n]*Qubit", _SPECTRO, "Qubit Flex software", _THERMO, "Qubit Flex"),
    (r"Run ID\WAssay Name\WTest Name\W[^\n]*Qubit", _SPECTRO, "Qubit 4 software", _THERMO, "Qubit 4"),
    (r"E 1%\W+Ext\. Coeff", _SPECTRO, "", "", "NanoDrop 8000"),
    (r"Serial Number:?\s+NDE\d", _SPECTRO, "", "", "NanoDrop Eight"),
    (r"Nucleic Acid\(ng/uL\)\WA260/A280\W", _SPECTRO, "NanoDrop One software", _THERMO, "NanoDrop One"),
    (r"^Scan\W[^\n]*\nMode\W(?:ABS|%T)", _SPECTRO, "Genesys 30 instrument software", _THERMO, "Genesys 30"),
    (r"^Sample Name\W[^\n]*\d nm +\[A\]", _SPECTRO, "VISIONlite", _THERMO, ""),
    (r"\bLabcyte\b|\bEcho 5\d\d\b", _LIQUID, "", "Beckman Coulter", ""),
    (r"^Method = [^\n]*\n(?:[^\n]*\n)?Logged in user\s*=", _LIQUID, "Biomek Software", "Beckman Coulter", ""),
)  # fmt: skip
_MAKES: Final = tuple(Make(re.compile(sign, re.IGNORECASE | re.MULTILINE), *rest) for sign, *rest in _TABLE)

#: What columns and labels tell by themselves, in this order.
_TECHNIQUES: Final = (
    (r"\bpartitions?\b.*\bpositive|copies ?(?:/|per) ?(?:µ|μ|u|micro)l", _DPCR),
    (r"\b(?:Ct|Cq|Crt)\b.*\bTarget\b|\bTarget\b.*\b(?:Ct|Cq|Crt)\b|\bqPCR\b", _QPCR),
    (r"\bviab(?:le|ility)\b", _CELLS),
    (
        r"\bA?260 ?/ ?A?280\b|\tAbsorbance\tResult$|\bnucleic acid\b|%T\b|\bMode\WABS\b|\d nm\s+\[A\]",
        _SPECTRO,
    ),
    (r"\baspirate\b|\bdispense\b|\bsource plate\b.*\bdestination\b", _LIQUID),
    (r"\b(?:absorbance|fluorescence|luminescence|plate reader|microplate)\b", _PLATE),
)
_BY_WORDS: Final = tuple(
    (re.compile(sign, re.IGNORECASE | re.MULTILINE), technique) for sign, technique in _TECHNIQUES
)


#: Programs whose layout is nobody else's: their export is one whatever else it says.
_UNMISTAKABLE: Final = frozenset(
    (
        *("Gen5", "SoftMax Pro", "Kaleido", "EnVision Workstation", "BMG MARS", "Vi-Cell BLU", "NC-View"),
        *("Genesys 30 instrument software", "VISIONlite"),
        *("Revvity Matrix", "CEDEX BIO HT", "PharmSpec", "Qiacuity Software Suite", "ImmunoSpot", "xPONENT"),
    )
)


def unmistakable(facts: dict[str, str]) -> bool:
    """Whether the program that `make_of` named is proof enough of an instrument's export."""
    return facts.get("software") in _UNMISTAKABLE


def make_of(head: str) -> dict[str, str]:
    """Technique, and where the program is known also software, its version, maker and model.

    `head` are the first lines, cells parted by tabs.
    """
    for make in _MAKES:
        if make.sign.search(head):
            facts = make.facts()
            if make.software:
                written = re.compile(
                    rf"{re.escape(make.software)}(?: version)? v?(\d+(?:\.\d+)+)", re.IGNORECASE
                )
                if told := written.search(head):
                    facts["software_version"] = told[1]
            return facts
    for sign, technique in _BY_WORDS:
        if sign.search(head):
            return {"technique": technique}
    return {}
