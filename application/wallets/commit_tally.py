"""What the group commit has done so far, in plain numbers, for whoever watches it."""

from __future__ import annotations

from attrs import define, field

SIZE_CLASSES = 9
"""Groups of 1, 2, up to 4, 8 … 256 commands: the classes that sizes are counted in."""


@define(eq=False)
class CommitTally:
    """Counted once a group, never once a command, so that it costs a spend nothing.

    `sizes` counts groups by class: class `n` holds those of up to `2 ** n` commands. `stale` are
    commands that were judged by a stale wallet, `stale_groups` the groups in which any was;
    `unknown` are groups whose write was not answered, `locked` those that met a locked wallet.
    """

    commands: int = 0
    groups: int = 0
    sizes: list[int] = field(factory=lambda: [0] * SIZE_CLASSES)
    stale: int = 0
    stale_groups: int = 0
    unknown: int = 0
    locked: int = 0

    def group(self, size: int) -> None:
        """Count a group that begins."""
        self.groups += 1
        self.commands += size
        self.sizes[(size - 1).bit_length()] += 1

    def found_stale(self, commands: int) -> None:
        """Count commands that have to be decided anew."""
        self.stale += commands
        self.stale_groups += 1
