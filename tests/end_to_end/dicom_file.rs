//! A small DICOM file of chosen elements.

/// One element, Explicit VR Little Endian, PS3.5 section 7.1.2.
fn element(tag: u32, vr: &str, value: &str) -> Vec<u8> {
    let padding = if vr == "UI" { 0 } else { b' ' };
    let mut value = value.as_bytes().to_vec();
    value.extend((value.len() % 2 == 1).then_some(padding));
    let group = (tag >> 16) as u16;
    let mut bytes = [group.to_le_bytes(), (tag as u16).to_le_bytes()].concat();
    bytes.extend(vr.as_bytes());
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

/// A file of these elements, without pixels.
pub fn dicom(elements: &[(u32, &str, &str)]) -> Vec<u8> {
    let meta = [
        element(0x0002_0002, "UI", "1.2.840.10008.5.1.4.1.1.1"),
        element(0x0002_0003, "UI", "2.25.77.1.1"),
        element(0x0002_0010, "UI", "1.2.840.10008.1.2.1"),
    ]
    .concat();
    let length = (meta.len() as u32).to_le_bytes();
    let mut file = vec![0; 128];
    file.extend(b"DICM\x02\0\0\0UL\x04\0");
    file.extend(length);
    file.extend(meta);
    file.extend(elements.iter().flat_map(|(tag, vr, value)| element(*tag, vr, value)));
    file
}
