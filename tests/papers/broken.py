"""What becomes of files on the way: cut off, bits turned over, pieces lost."""

from collections.abc import Iterator
from random import Random


def broken(data: bytes, count: int, seed: int = 1) -> Iterator[bytes]:
    """`count` broken copies of `data`, always the same: a third cut short, a third with bytes changed, the
    rest with a piece missing, blanked or doubled."""
    rng = Random(seed)
    size = len(data)
    for number in range(count):
        if number % 3 == 0:
            yield data[: size * (number + 1) // (count + 1)]
        elif number % 3 == 1:
            changed = bytearray(data)
            # Headers say how the rest is to be taken, so half of the changes go there.
            reach = min(size, 2048) if number % 2 else size
            for _ in range(rng.randint(1, 24)):
                changed[rng.randrange(reach)] = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
            yield bytes(changed)
        else:
            start = rng.randrange(size)
            length = rng.randint(1, max(1, size // 8))
            piece = data[start : start + length]
            yield data[:start] + rng.choice((b"", bytes(len(piece)), piece * 2)) + data[start + length :]
