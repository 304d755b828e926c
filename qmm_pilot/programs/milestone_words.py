"""When a milestone falls due, in words."""

ANCHORS = {"start": "the assessment begins", "end": "the assessment ends"}


def offsets_in_words(program) -> list[tuple]:
    """Each milestone offset of a program, with its day: "14 calendar days before …"."""
    offsets = list(program.milestone_offsets.all())
    titles = {offset.key: f"“{offset.title}”" for offset in offsets} | ANCHORS
    return [(offset, _when(offset, titles)) for offset in offsets]


def _when(offset, titles):
    anchor = titles.get(offset.anchor, offset.anchor)
    if not offset.days:
        return f"On the day: {anchor}"
    unit = offset.get_unit_display()
    if abs(offset.days) == 1:
        unit = unit.removesuffix("s")
    side = "before" if offset.days < 0 else "after"
    return f"{abs(offset.days)} {unit} {side} {anchor}"
