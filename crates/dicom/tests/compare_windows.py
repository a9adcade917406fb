#!/usr/bin/env python3
"""Compares presentation values with dcmtk's, pixel by pixel, on real files and on made ones. Run by hand.

  cargo build --release -p bodysite-dicom --examples
  pip install 'pydicom==3.*' numpy pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls     (and Debian's dcmtk)
  python3 compare_windows.py target/release/examples/frames FOLDER…

Files that dcmtk cannot decode are decompressed with pydicom first. Padding is left out of the comparison: dcmtk shows
it as any other value. Prints each file that differs by more than 1 of 255, or of lossy JPEG by more than 2, as T.81
leaves the exactness of the transform open; exit 0 when there is none.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def made(folder):
    """Sixteen-bit ramps under every way of saying how they look."""
    ramp = (np.arange(128 * 64, dtype=np.int64) * 8).reshape(64, 128)
    cases = {
        "window": dict(WindowCenter=2048, WindowWidth=4096),
        "window-narrow": dict(WindowCenter=1000, WindowWidth=37),
        "window-fraction": dict(WindowCenter=1000.5, WindowWidth=301.25),
        "window-one": dict(WindowCenter=2048, WindowWidth=1),
        "window-two": dict(WindowCenter=2, WindowWidth=2),
        "sigmoid": dict(WindowCenter=2048, WindowWidth=1500, VOILUTFunction="SIGMOID"),
        "none": {},
        "rescale": dict(WindowCenter=0, WindowWidth=2000, RescaleSlope=0.5, RescaleIntercept=-1024),
        "rescale-negative": dict(WindowCenter=-2000, WindowWidth=3000, RescaleSlope=-1, RescaleIntercept=0),
        "monochrome1": dict(WindowCenter=1800, WindowWidth=900, PhotometricInterpretation="MONOCHROME1"),
        "monochrome1-none": dict(PhotometricInterpretation="MONOCHROME1"),
        "signed": dict(PixelRepresentation=1, WindowCenter=0, WindowWidth=1500),
        "signed-none": dict(PixelRepresentation=1),
        "stored-16": dict(BitsStored=16, HighBit=15, WindowCenter=30000, WindowWidth=60000),
        "stored-10": dict(BitsStored=10, HighBit=9, WindowCenter=512, WindowWidth=1024),
        "garbage": dict(WindowCenter=2048, WindowWidth=4096),
        "voi-lut": dict(lut=(0x3010, [4096, 0, 12], [min(4095, int((i / 4095) ** 0.5 * 4095)) for i in range(4096)])),
        "voi-lut-16": dict(lut=(0x3010, [1000, 500, 16], [i * 65 for i in range(1000)])),
        "modality-lut": dict(lut=(0x3000, [4096, 0, 16], [(4095 - i) * 10 for i in range(4096)]), WindowCenter=20000, WindowWidth=30000),
        "implicit": dict(WindowCenter=2048, WindowWidth=4096, syntax=ImplicitVRLittleEndian),
    }
    for name, case in cases.items():
        write(os.path.join(folder, name + ".dcm"), name, ramp, dict(case))


def write(path, name, ramp, case):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = case.pop("syntax", ExplicitVRLittleEndian)
    ds.SOPClassUID, ds.SOPInstanceUID = DX, generate_uid(entropy_srcs=[name])
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.1", "2.25.2"
    ds.Modality, ds.PhotometricInterpretation = "DX", "MONOCHROME2"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.BitsAllocated = *ramp.shape, 1, 16
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    lut = case.pop("lut", None)
    for keyword, value in case.items():
        setattr(ds, keyword, value)
    if lut:
        tag, descriptor, data = lut
        item = Dataset()
        item.add_new(0x00283002, "US", descriptor)
        if tag == 0x3000:
            item.add_new(0x00283004, "LO", "US")
        item.add_new(0x00283006, "OW", np.array(data, dtype="<u2").tobytes())
        ds.add_new(0x00280000 + tag, "SQ", Sequence([item]))
    mask = (1 << ds.BitsStored) - 1
    values = ramp * (16 if ds.BitsStored == 16 else 1) & mask
    if name == "garbage":
        values |= 0xA000
    ds.PixelData = values.astype("<u2").tobytes()
    ds.save_as(path, enforce_file_format=True)


def pnm(path):
    with open(path, "rb") as file:
        channels = {b"P5\n": 1, b"P6\n": 3}[file.readline()]
        line = file.readline()
        while line.startswith(b"#"):
            line = file.readline()
        width, height = map(int, line.split())
        most = int(file.readline())
        data = np.frombuffer(file.read(), ">u2" if most > 255 else "u1")
    image = data.reshape(height, width, channels)
    return image[..., 0] if channels == 1 else np.round(image @ np.array([0.299, 0.587, 0.114]))


def reference(path, folder, ds):
    """dcmtk's 8-bit image of a frame."""
    source = path
    program = {"5": "dcmj2pnm", "6": "dcmj2pnm", "7": "dcmj2pnm"}.get(
        ds.file_meta.TransferSyntaxUID.removeprefix("1.2.840.10008.1.2.4.")[0], "dcm2pnm")
    if ds.file_meta.TransferSyntaxUID.is_encapsulated and program == "dcm2pnm":
        whole = pydicom.dcmread(path)
        whole.decompress()
        source = os.path.join(folder, "plain.dcm")
        whole.save_as(source)
    frames = int(ds.get("NumberOfFrames") or 1)
    how = ["+Wl", "1"] if "VOILUTSequence" in ds else ["+Wi", "1"] if ds.get("WindowWidth") not in (None, "") else ["+Wm"]
    function = ["+Wfs"] if ds.get("VOILUTFunction") == "SIGMOID" else []
    out = os.path.join(folder, "reference.pgm")
    subprocess.run([program, "-q", "-O", "+F", str((frames - 1) // 2 + 1), *how, *function, "+op", source, out], check=True)
    return pnm(out)


def main():
    frames, roots = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = os.path.join(folder, "made"), os.path.join(folder, "out")
        os.mkdir(inputs)
        made(inputs)
        listing = subprocess.run([frames, outputs, inputs, *roots], check=True, capture_output=True, text=True,
                                 env=dict(os.environ, BODYSITE_SIDE="1000000")).stdout
        compared, wrong, left = 0, 0, 0
        for line in listing.splitlines():
            number, word, _, path = line.split("\t")
            name = os.path.basename(path)
            if word != "ok":
                print(f"no frame\t{word}\t{name}")
                continue
            try:
                ds = pydicom.dcmread(path, stop_before_pixels=True)
                theirs = reference(path, folder, ds)
            except Exception as error:
                left += 1
                print(f"no reference\t{type(error).__name__}\t{name}")
                continue
            ours = pnm(os.path.join(outputs, number + ".pgm")) / 257.0
            if ours.shape != theirs.shape:
                wrong += 1
                print(f"size\t{ours.shape} {theirs.shape}\t{name}")
                continue
            difference = np.abs(ours - theirs)
            if "PixelPaddingValue" in ds:
                difference = difference[ours > 0]
            compared += 1
            furthest = difference.max(initial=0)
            lossy = ds.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
            if furthest > (2.0 if lossy else 1.0):
                wrong += 1
                print(f"differs\t{furthest:.2f} on {np.mean(difference > 1.0):.2%}\t{name}")
        print(f"{compared} compared, {wrong} differ, {left} without a reference")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
