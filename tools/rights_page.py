"""Make docs/rights.md from the table that the code reads, sync_protocol/acts.py."""

from pathlib import Path

from sync_protocol.acts import ACTS, ROLES, STEP_UP

PAGE = Path(__file__).parents[1] / "docs" / "rights.md"

HEAD = """# Rights

Two questions, two answers.

**Who may edit this field of this customer?** The holder of the seat that maintains it, in the book that the customer lies in:
one person at any moment (see [protocol.md](protocol.md), «What the server decides»). What anybody else writes becomes a proposal to him.
The classes of the fields are in the [data dictionary](data-dictionary.md):

| class of the field | its holder | anybody else with the act «edit» |
|---|---|---|
| dynamic | takes effect at once | a proposal to the holder |
| static | an application that the supervisor confirms | a proposal to the holder |
| system | refused: it is computed | refused: it is computed |

**Who may do this at head office?** Whoever has a role that the table below allows; a person may have several roles. The table is
made from `sync_protocol/acts.py`, which the console and the rights test read, too. Outside one's books a customer looks like
one that does not exist. Acts marked ² need the second factor, given within the last quarter of an hour.

"""


def page() -> str:
    """The whole page."""
    lines = ["| act | " + " | ".join(labels.en for labels in ROLES.values()) + " |", "|---|" + ":-:|" * len(ROLES)]
    for act, (labels, allowed) in ACTS.items():
        cells = ["●" if role in allowed else "" for role in ROLES]
        lines.append(f"| {labels.en} (`{act}`){' ²' if act in STEP_UP else ''} | " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
