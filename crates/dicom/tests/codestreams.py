#!/usr/bin/env python3
"""Writes codestreams.rs: one small image in each compressed form, by other people's encoders.

  pip install imagecodecs numpy && python3 codestreams.py > codestreams/mod.rs

The image has 24 columns and 20 rows; `value(x, y)` below is repeated in the tests.
"""
import imagecodecs as ic
import numpy as np

COLUMNS, ROWS = 24, 20


def value(x, y):
    return (x * 97 + y * 131 + x * y * 5) % 4096


TWELVE = np.array([[value(x, y) for x in range(COLUMNS)] for y in range(ROWS)], dtype=np.uint16)
EIGHT = (TWELVE >> 4).astype(np.uint8)
SMOOTH = np.array([[x * 8 + y * 3 for x in range(COLUMNS)] for y in range(ROWS)], dtype=np.uint8)
STREAMS = [
    ("JPEG_BASELINE", "of 8 bits, `x * 8 + y * 3`, lossy", lambda: ic.jpeg8_encode(SMOOTH, level=98)),
    ("JPEG_EXTENDED_12", "of 12 bits, sixteen times that, lossy", lambda: ic.jpeg_encode(SMOOTH.astype(np.uint16) * 16, level=98, bitspersample=12)),
    ("JPEG_LOSSLESS", "of 12 bits", lambda: ic.ljpeg_encode(TWELVE, bitspersample=12)),
    ("JPEG_LS", "of 12 bits", lambda: ic.jpegls_encode(TWELVE)),
    ("JPEG_LS_NEAR", "of 12 bits, each value within 3", lambda: ic.jpegls_encode(TWELVE, level=3)),
    ("JPEG_LS_8", "of the upper 8 bits", lambda: ic.jpegls_encode(EIGHT)),
    ("JPEG_2000", "of 12 bits", lambda: ic.jpeg2k_encode(TWELVE, level=0, reversible=True, codecformat="J2K", bitspersample=12)),
    ("HTJ2K", "of 12 bits", lambda: ic.htj2k_encode(TWELVE, reversible=True)),
    ("JPEG_XL", "of 12 bits in 16", lambda: ic.jpegxl_encode(TWELVE, lossless=True, usecontainer=False)),
]

print("//! One small image in each compressed form, written by `codestreams.py` with imagecodecs", ic.__version__ + ".")
print('#![allow(dead_code, reason = "each test program uses another part")]')
for name, what, encode in STREAMS:
    data = bytes(encode())
    print(f"\n/// {len(data)} bytes {what}.")
    print("#[rustfmt::skip]")
    print(f"pub const {name}: &[u8] = &[")
    for at in range(0, len(data), 24):
        print("    " + " ".join(f"{b}," for b in data[at:at + 24]))
    print("];")
