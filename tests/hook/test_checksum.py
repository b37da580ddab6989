from __future__ import annotations

import crc32c as library
from hypothesis import given
from hypothesis import strategies as st

from logdoc.hook.checksum import crc32c, masked_crc


@given(st.binary(max_size=3000))
def test_is_the_checksum_of_the_library(data: bytes) -> None:
    assert crc32c(data) == library.crc32c(data)


def test_long_data_of_every_remainder() -> None:
    data = bytes(range(256)) * 300
    for length in (511, 512, 513, 527, 528, 529, 70_001, 76_800):
        assert crc32c(data[:length]) == library.crc32c(data[:length])


def test_the_known_answer_and_its_mask() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    rotated = (0xE3069283 >> 15 | 0xE3069283 << 17) & 0xFFFFFFFF
    assert masked_crc(b"123456789") == (rotated + 0xA282EAD8) % 2**32
