"""What a rule or a cause rests on, as reports show it, and which addresses a report may link."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Only characters that end neither a Markdown link nor an attribute of HTML; what an address needs beyond is
# percent-encoded.
ADDRESS = r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:/?#@!$&*+,;=%-]*)?"


@dataclass(frozen=True, slots=True)
class Citation:
    """One source of a rule or a cause.

    Attributes:
        title: of the source; for a practice, whose it is.
        says: what it is quoted for.
        id: of the source; empty for a practice.
        by: authors and year, as far as known.
        address: where it can be read; empty for a practice.
    """

    title: str
    says: str = ""
    id: str = ""
    by: str = ""
    address: str = ""

    @property
    def link(self) -> str:
        """The address if it may be linked, else nothing: only http and https, and nothing that could end the link.

        A report that is drawn from a saved JSON holds whatever stood there.
        """
        return self.address if re.fullmatch(ADDRESS, self.address) else ""
