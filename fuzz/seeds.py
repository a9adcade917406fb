#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets from this repository alone: `python3 fuzz/seeds.py`, into fuzz/seeds/TARGET/.

Standard library only; the same files each time.
"""
import os
import struct
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "fuzz", "seeds")
EXPLICIT, IMPLICIT, BIG, DEFLATED = (
    "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
RLE = "1.2.840.10008.1.2.5"
DX, CR, XA, ENHANCED = ("1.2.840.10008.5.1.4.1.1." + c for c in ("1.1.1", "1", "12.1", "12.1.1"))
LONG = ("OB", "OW", "SQ", "UN", "UT")
UNDEFINED = 0xFFFFFFFF


def element(group, number, vr, value=b"", ts=EXPLICIT, length=None):
    end = ">" if ts == BIG else "<"
    if isinstance(value, str):
        value = value.encode("latin-1")
    if isinstance(value, list):
        value = b"".join(struct.pack(end + "H", v) for v in value)
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    size = len(value) if length is None else length
    head = struct.pack(end + "HH", group, number)
    if ts == IMPLICIT:
        return head + struct.pack("<I", size) + value
    if vr in LONG:
        return head + vr.encode() + b"\0\0" + struct.pack(end + "I", size) + value
    return head + vr.encode() + struct.pack(end + "H", size) + value


def item(content, ts=EXPLICIT, undefined=False):
    end = ">" if ts == BIG else "<"
    size = UNDEFINED if undefined else len(content)
    tail = struct.pack(end + "HHI", 0xFFFE, 0xE00D, 0) if undefined else b""
    return struct.pack(end + "HHI", 0xFFFE, 0xE000, size) + content + tail


def sequence(group, number, items, ts=EXPLICIT, undefined=False, vr="SQ"):
    content = b"".join(items)
    if not undefined:
        return element(group, number, vr, content, ts)
    end = ">" if ts == BIG else "<"
    return element(group, number, vr, b"", ts, UNDEFINED) + content + struct.pack(end + "HHI", 0xFFFE, 0xE0DD, 0)


def code(value, scheme, meaning, ts=EXPLICIT):
    return (element(8, 0x100, "SH", value, ts) + element(8, 0x102, "SH", scheme, ts)
            + element(8, 0x104, "LO", meaning, ts))


def instance(ts=EXPLICIT, sop=DX, extra=None, drop=(), pixels=None, preamble=b"\0" * 128):
    inner = EXPLICIT if ts not in (EXPLICIT, IMPLICIT, BIG) else ts
    parts = {}

    def put(group, number, vr, value):
        parts[group, number] = element(group, number, vr, value, inner)

    put(8, 5, "CS", "ISO_IR 100")
    put(8, 0x16, "UI", sop)
    put(8, 0x18, "UI", "2.25.5000")
    put(8, 0x60, "CS", "DX")
    put(8, 0x103E, "LO", "THORAX PA")
    put(0x10, 0x20, "LO", "4711")
    put(0x18, 0x15, "CS", "CHEST")
    put(0x20, 0xD, "UI", "2.25.1001")
    put(0x20, 0xE, "UI", "2.25.1002")
    put(0x20, 0x62, "CS", "U")
    for number, value in ((2, 1), (0x10, 4), (0x11, 4), (0x100, 16), (0x101, 12), (0x102, 11), (0x103, 0)):
        put(0x28, number, "US", [value])
    put(0x28, 4, "CS", "MONOCHROME2")
    put(0x28, 0x1050, "DS", "2048")
    put(0x28, 0x1051, "DS", "4096")
    put(0x7FE0, 0x10, "OW", list(range(16)))
    for key, value in (extra or {}).items():
        parts[key] = value
    for key in drop:
        parts.pop(key)
    if pixels is not None:
        parts[0x7FE0, 0x10] = pixels
    body = b"".join(parts[key] for key in sorted(parts))
    if ts == DEFLATED:
        stream = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = stream.compress(body) + stream.flush()
    meta = b"".join(element(2, number, vr, value) for number, vr, value in (
        (1, "OB", b"\0\1"), (2, "UI", sop), (3, "UI", "2.25.5000"), (0x10, "UI", ts), (0x12, "UI", "2.25.1")))
    return preamble + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + body


def dicom():
    region = lambda ts=EXPLICIT, **kw: sequence(8, 0x2218, [item(code("51185008", "SCT", "Chest", ts), ts)], ts, **kw)
    modifier = sequence(8, 0x2220, [item(code("7771000", "SCT", "Left"))])
    original = item(sequence(0x400, 0x550, [item(element(0x10, 0x20, "LO", "1"))]) + element(0x400, 0x565, "CS", "COERCE"))
    refers = lambda ts=EXPLICIT, **kw: item(element(8, 0x1150, "UI", DX, ts) + element(8, 0x1155, "UI", "2.25.9", ts), ts, **kw)
    series = item(sequence(8, 0x114A, [refers(), refers(undefined=True)]) + element(0x20, 0xE, "UI", "2.25.1002"))
    lut = item(element(0x28, 0x3002, "US", [4, 0, 16]) + element(0x28, 0x3006, "OW", [1, 2, 3, 4]))
    fragments = element(0x7FE0, 0x10, "OB", b"", length=UNDEFINED) + item(b"") + item(b"\0" * 64) + struct.pack(
        "<HHI", 0xFFFE, 0xE0DD, 0)
    yield "explicit", instance()
    yield "implicit", instance(IMPLICIT, extra={(8, 0x2218): region(IMPLICIT)})
    yield "big", instance(BIG, extra={(8, 0x2218): region(BIG)})
    yield "deflated", instance(DEFLATED)
    yield "region", instance(extra={(8, 0x2218): region()})
    yield "region-undefined", instance(extra={(8, 0x2218): region(undefined=True)})
    yield "region-side", instance(extra={
        (8, 0x2218): sequence(8, 0x2218, [item(code("85562004", "SCT", "Hand") + modifier)])})
    yield "region-un", instance(extra={(8, 0x2218): sequence(8, 0x2218, [item(code("1", "X", "y", IMPLICIT))], undefined=True, vr="UN")})
    yield "originals", instance(extra={(0x400, 0x561): sequence(0x400, 0x561, [original])})
    yield "originals-undefined", instance(extra={(0x400, 0x561): sequence(0x400, 0x561, [original], undefined=True)})
    yield "references", instance(extra={(8, 0x1140): sequence(8, 0x1140, [refers(), refers()])})
    yield "references-implicit", instance(IMPLICIT, extra={(8, 0x1140): sequence(8, 0x1140, [refers(IMPLICIT)], IMPLICIT)})
    yield "references-undefined", instance(extra={(8, 0x2112): sequence(8, 0x2112, [refers(undefined=True)], undefined=True)})
    yield "references-nested", instance(extra={(8, 0x1115): sequence(8, 0x1115, [series])})
    yield "references-un", instance(extra={(8, 0x1140): sequence(8, 0x1140, [refers(IMPLICIT)], undefined=True, vr="UN")})
    yield "signed", instance(extra={(0xFFFA, 0xFFFA): sequence(0xFFFA, 0xFFFA, [item(element(0x400, 5, "US", [1]))])})
    yield "group-length", instance(extra={(8, 0): element(8, 0, "UL", struct.pack("<I", 40))})
    yield "luts", instance(extra={(0x28, 0x3000): sequence(0x28, 0x3000, [lut]), (0x28, 0x3010): sequence(0x28, 0x3010, [lut])})
    yield "fragments", instance(RLE, pixels=fragments)
    yield "radiography", instance(sop=CR, drop=[(0x20, 0x62)])
    yield "enhanced", instance(sop=ENHANCED)
    yield "frames", instance(sop=XA, extra={(0x28, 8): element(0x28, 8, "IS", "2")})
    yield "charset", instance(extra={(8, 5): element(8, 5, "CS", "\\ISO 2022 IR 87"), (8, 0x103E): element(
        8, 0x103E, "LO", b"\x1b$B;3ED\x1b(B")})
    yield "private", instance(extra={(9, 0x10): element(9, 0x10, "LO", "X"), (9, 0x1001): element(9, 0x1001, "OB", b"\1\2")})
    yield "executable", instance(preamble=b"MZ" + b"\0" * 126)
    yield "bare", instance()[132:]
    yield "cut", instance()[:-9]
    yield "nested", instance(extra={(0x40, 0xA730): sequence(0x40, 0xA730, [item(b"", undefined=True)] * 3, undefined=True)})


def codes():
    for text in ("51185008", "85562004", "818981001", "51185009", "0", "T-D3000", "123456789012345678"):
        yield text, text.encode()
        yield text + "-scheme", b"SRT\n" + text.encode()


def lines(path, count):
    with open(os.path.join(ROOT, "mappings", path), "rb") as file:
        return b"".join(line for _, line in zip(range(count), file))


def mappings():
    yield "set", b"\0" + lines("lexicon/es.sssom.tsv", 40)
    yield "set-terms", b"\0" + lines("terms.sssom.tsv", 40)
    for kind, path in enumerate(("concepts.tsv", "finer-concepts.tsv", "relations.tsv", "code-aliases.sssom.tsv"), 1):
        yield path, bytes([kind]) + lines(path, 500)
    for text in ("CHEST", "T\xf3rax PA", "Rodilla dcha. AP/LAT", "HAND_LT 2 VIEWS", "C-SPINE"):
        yield "text-" + text.split()[0].lower(), b"\5" + text.encode()


def main():
    for target, made in (("scan", dicom()), ("splice", dicom()), ("code", codes()), ("mapping", mappings())):
        folder = os.path.join(OUT, target)
        os.makedirs(folder, exist_ok=True)
        for name, data in made:
            with open(os.path.join(folder, name.encode("ascii", "replace").decode().replace("?", "_")), "wb") as file:
                file.write(data)


if __name__ == "__main__":
    main()
