"""The stages of analysis that can be switched off, to measure what each is worth."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stages:
    """What an engine does beyond comparing folded words. An index and its queries share one.

    - `lemmas`: dictionary forms of words (`indexer.lemmas`);
    - `stems`: Snowball stems, also of words that no dictionary has;
    - `near`: words of five letters and more that are one letter off, or misread (`indexer.misreadings`);
    - `parts`: a piece of an identifier, with O for 0 and I for 1, finds it;
    - `misread`: where nothing fits, an identifier one sign off, or shorter pieces of one.
    """

    lemmas: bool = True
    stems: bool = True
    near: bool = True
    parts: bool = True
    misread: bool = True


ALL_STAGES = Stages()
