//! Encodes one synthetic image as a DICOM file, Explicit VR Little Endian.
//!
//! PS3.5 section 7.1 (data elements) and PS3.10 section 7.1 (file meta information). Only what synthetic studies need.

/// A data set under construction: elements must be added in tag order.
#[derive(Debug, Default)]
pub struct DataSet {
    bytes: Vec<u8>,
    last: Option<(u16, u16)>,
}

/// VRs with a 32-bit length (PS3.5 Table 7.1-1).
const LONG: [&str; 4] = ["OB", "OW", "SQ", "UN"];

impl DataSet {
    /// Adds one element; `value` is padded to an even length as its VR asks.
    ///
    /// # Panics
    /// When tags do not ascend or a short value exceeds 65,534 bytes: a mistake of the caller.
    pub fn add(&mut self, tag: (u16, u16), vr: &str, value: &[u8]) {
        assert!(self.last < Some(tag), "tags must ascend: {tag:04X?}");
        self.last = Some(tag);
        let padding = if vr == "UI" || vr == "OB" { 0 } else { b' ' };
        let length = value.len() + value.len() % 2;
        self.bytes.extend(tag.0.to_le_bytes());
        self.bytes.extend(tag.1.to_le_bytes());
        self.bytes.extend(vr.as_bytes());
        if LONG.contains(&vr) {
            self.bytes.extend([0, 0]);
            self.bytes
                .extend(u32::try_from(length).expect("synthetic values are small").to_le_bytes());
        } else {
            self.bytes
                .extend(u16::try_from(length).expect("synthetic values are short").to_le_bytes());
        }
        self.bytes.extend(value);
        self.bytes.resize(self.bytes.len() + length - value.len(), padding);
    }

    /// Adds a text element.
    pub fn text(&mut self, tag: (u16, u16), vr: &str, value: &str) {
        self.add(tag, vr, value.as_bytes());
    }

    /// Adds an unsigned short.
    pub fn short(&mut self, tag: (u16, u16), value: u16) {
        self.add(tag, "US", &value.to_le_bytes());
    }

    /// Adds a sequence with one item.
    pub fn item(&mut self, tag: (u16, u16), item: &DataSet) {
        let mut value = vec![0xFE, 0xFF, 0x00, 0xE0];
        let length = u32::try_from(item.bytes.len()).expect("synthetic items are small");
        value.extend(length.to_le_bytes());
        value.extend(&item.bytes);
        self.add(tag, "SQ", &value);
    }

    /// The file: preamble, prefix, file meta information, data set.
    pub fn into_file(self, sop_class: &str, sop_instance: &str) -> Vec<u8> {
        let mut meta = DataSet::default();
        meta.add((0x0002, 0x0001), "OB", &[0, 1]);
        meta.text((0x0002, 0x0002), "UI", sop_class);
        meta.text((0x0002, 0x0003), "UI", sop_instance);
        meta.text((0x0002, 0x0010), "UI", "1.2.840.10008.1.2.1");
        meta.text((0x0002, 0x0012), "UI", crate::uid::IMPLEMENTATION);
        meta.text((0x0002, 0x0013), "SH", "BODYSITE_PHANTOM");
        let mut group_length = DataSet::default();
        let length = u32::try_from(meta.bytes.len()).expect("file meta information is small");
        group_length.add((0x0002, 0x0000), "UL", &length.to_le_bytes());
        let mut file = vec![0u8; 128];
        file.extend(b"DICM");
        file.extend(group_length.bytes);
        file.extend(meta.bytes);
        file.extend(self.bytes);
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_padded_and_a_file_has_its_prefix() {
        let mut set = DataSet::default();
        set.text((0x0018, 0x0015), "CS", "KNEES");
        assert_eq!(set.bytes, b"\x18\x00\x15\x00CS\x06\x00KNEES ");
        let file = set.into_file("1.2", "1.2.3");
        assert_eq!(&file[128..132], b"DICM");
        assert_eq!(file.len() % 2, 0);
    }

    #[test]
    #[should_panic(expected = "tags must ascend")]
    fn elements_out_of_order_are_a_mistake() {
        let mut set = DataSet::default();
        set.short((0x0028, 0x0011), 1);
        set.short((0x0028, 0x0010), 1);
    }
}
