"""What looks like a secret, and how it is hidden: by its own form, by the key in front of it, or by both.

The forms are those that issuers document for their keys and that secret scanners look for; the keys are the words that
people use. Numbers, truth values, special tokens of a vocabulary (``<|begin_of_text|>``) and commit hashes stay
readable. This hides what is easily pasted by accident; it replaces no scanner.
"""

from logdoc.redaction.hiding import FAR, HIDDEN, cut, hide, hides_in_list
from logdoc.redaction.keys import is_secret

__all__ = ["FAR", "HIDDEN", "cut", "hide", "hides_in_list", "is_secret"]
