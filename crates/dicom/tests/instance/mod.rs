//! Builds small DICOM instances, whole or broken on purpose.
#![allow(dead_code, reason = "each test program uses another part")]

use std::collections::BTreeMap;
use std::io::Write;

pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
pub const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
pub const RLE: &str = "1.2.840.10008.1.2.5";
pub const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
pub const JPEG_EXTENDED: &str = "1.2.840.10008.1.2.4.51";
pub const DIGITAL_XRAY: &str = "1.2.840.10008.5.1.4.1.1.1.1";
pub const COMPUTED_RADIOGRAPHY: &str = "1.2.840.10008.5.1.4.1.1.1";
pub const UID: &str = "2.25.5000";

/// Stands for a patient wherever one could leak.
pub const PATIENT: &str = "ZZPHI^SENTINEL";

type Key = (u16, u16);

/// One instance, element by element.
#[derive(Clone)]
pub struct Instance {
    pub transfer_syntax: &'static str,
    pub sop_class: &'static str,
    pub preamble: [u8; 128],
    elements: BTreeMap<Key, (&'static str, Value)>,
}

#[derive(Clone)]
enum Value {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Items(Vec<Vec<(Key, &'static str, Vec<u8>)>>),
    Fragments(Vec<u32>, Vec<Vec<u8>>),
}

impl Instance {
    /// A digital X-ray image of 16 by 16 pixels of 12 bits, a ramp from 0 to 4080, with a window over all of it.
    pub fn new() -> Instance {
        let mut instance = Instance {
            transfer_syntax: EXPLICIT,
            sop_class: DIGITAL_XRAY,
            preamble: [0; 128],
            elements: BTreeMap::new(),
        };
        for (key, vr, text) in [
            ((0x0008, 0x0005), "CS", "ISO_IR 100"),
            ((0x0008, 0x0008), "CS", "ORIGINAL\\PRIMARY"),
            ((0x0008, 0x0018), "UI", UID),
            ((0x0008, 0x0060), "CS", "DX"),
            ((0x0008, 0x103E), "LO", "THORAX PA"),
            ((0x0010, 0x0010), "PN", PATIENT),
            ((0x0010, 0x0020), "LO", "ZZPHI-4711"),
            ((0x0018, 0x0015), "CS", "CHEST"),
            ((0x0020, 0x000D), "UI", "2.25.1001"),
            ((0x0020, 0x000E), "UI", "2.25.1002"),
            ((0x0020, 0x0062), "CS", "U"),
            ((0x0028, 0x0004), "CS", "MONOCHROME2"),
            ((0x0028, 0x1050), "DS", "2048"),
            ((0x0028, 0x1051), "DS", "4096"),
        ] {
            instance.set(key, vr, text);
        }
        instance.size(16, 16).bits(16, 12).words((0x0028, 0x0002), &[1]);
        let ramp: Vec<u16> = (0..256).map(|i| i * 16).collect();
        instance.pixels(&ramp);
        instance
    }

    pub fn set(&mut self, key: Key, vr: &'static str, text: &str) -> &mut Self {
        self.put(key, vr, Value::Bytes(text.as_bytes().to_vec()))
    }

    pub fn bytes_of(&mut self, key: Key, vr: &'static str, bytes: &[u8]) -> &mut Self {
        self.put(key, vr, Value::Bytes(bytes.to_vec()))
    }

    /// Unsigned shorts.
    pub fn words(&mut self, key: Key, words: &[u16]) -> &mut Self {
        self.put(key, "US", Value::Words(words.to_vec()))
    }

    /// A sequence of items of text elements.
    pub fn items(&mut self, key: Key, items: &[&[(Key, &'static str, &[u8])]]) -> &mut Self {
        let items = items
            .iter()
            .map(|item| item.iter().map(|(k, vr, v)| (*k, *vr, v.to_vec())).collect());
        self.put(key, "SQ", Value::Items(items.collect()))
    }

    pub fn remove(&mut self, key: Key) -> &mut Self {
        self.elements.remove(&key);
        self
    }

    fn put(&mut self, key: Key, vr: &'static str, value: Value) -> &mut Self {
        self.elements.insert(key, (vr, value));
        self
    }

    pub fn size(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.words((0x0028, 0x0010), &[rows])
            .words((0x0028, 0x0011), &[columns])
    }

    /// Bits Allocated and Stored, High Bit to match, unsigned.
    pub fn bits(&mut self, allocated: u16, stored: u16) -> &mut Self {
        self.words((0x0028, 0x0100), &[allocated])
            .words((0x0028, 0x0101), &[stored])
            .words((0x0028, 0x0102), &[stored - 1])
            .words((0x0028, 0x0103), &[0])
    }

    /// Native pixels of 16 bits.
    pub fn pixels(&mut self, words: &[u16]) -> &mut Self {
        self.put((0x7FE0, 0x0010), "OW", Value::Words(words.to_vec()))
    }

    /// Native pixels of 8 bits.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.put((0x7FE0, 0x0010), "OB", Value::Bytes(bytes.to_vec()))
    }

    /// Compressed pixels.
    pub fn fragments(&mut self, transfer_syntax: &'static str, offsets: &[u32], fragments: &[&[u8]]) -> &mut Self {
        self.transfer_syntax = transfer_syntax;
        let fragments = fragments.iter().map(|f| f.to_vec()).collect();
        self.put((0x7FE0, 0x0010), "OB", Value::Fragments(offsets.to_vec(), fragments))
    }

    /// No window: all values that occur are shown.
    pub fn without_window(&mut self) -> &mut Self {
        self.remove((0x0028, 0x1050)).remove((0x0028, 0x1051))
    }

    pub fn window(&mut self, center: &str, width: &str) -> &mut Self {
        self.set((0x0028, 0x1050), "DS", center)
            .set((0x0028, 0x1051), "DS", width)
    }

    pub fn build(&self) -> Vec<u8> {
        let mut elements = self.elements.clone();
        elements.insert(
            (0x0008, 0x0016),
            ("UI", Value::Bytes(self.sop_class.as_bytes().to_vec())),
        );
        let encoding = Encoding::of(self.transfer_syntax);
        let data_set: Vec<u8> = elements
            .iter()
            .flat_map(|(key, (vr, value))| encoding.element(*key, vr, value))
            .collect();
        let mut file = self.preamble.to_vec();
        file.extend(b"DICM");
        file.extend(self.meta());
        match self.transfer_syntax {
            DEFLATED => {
                let mut encoder = flate2::write::DeflateEncoder::new(file, flate2::Compression::default());
                encoder.write_all(&data_set).unwrap();
                file = encoder.finish().unwrap();
                if file.len() % 2 == 1 {
                    file.push(0);
                }
            }
            _ => file.extend(data_set),
        }
        file
    }

    fn meta(&self) -> Vec<u8> {
        let encoding = Encoding::of(EXPLICIT);
        let uid = match self.elements.get(&(0x0008, 0x0018)) {
            Some((_, Value::Bytes(uid))) => uid.clone(),
            _ => Vec::new(),
        };
        let rest: Vec<u8> = [
            (0x0001, "OB", b"\0\x01".to_vec()),
            (0x0002, "UI", self.sop_class.as_bytes().to_vec()),
            (0x0003, "UI", uid),
            (0x0010, "UI", self.transfer_syntax.as_bytes().to_vec()),
            (0x0012, "UI", b"2.25.1".to_vec()),
        ]
        .into_iter()
        .flat_map(|(element, vr, value)| encoding.element((2, element), vr, &Value::Bytes(value)))
        .collect();
        let length = u32::try_from(rest.len()).unwrap().to_le_bytes().to_vec();
        let mut meta = encoding.element((2, 0), "UL", &Value::Bytes(length));
        meta.extend(rest);
        meta
    }
}

#[derive(Clone, Copy)]
struct Encoding {
    explicit: bool,
    big: bool,
}

impl Encoding {
    fn of(transfer_syntax: &str) -> Encoding {
        Encoding {
            explicit: transfer_syntax != IMPLICIT,
            big: transfer_syntax == BIG_ENDIAN,
        }
    }

    fn put16(self, n: u16) -> [u8; 2] {
        if self.big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn put32(self, n: u32) -> [u8; 4] {
        if self.big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn tag(self, (group, element): Key) -> Vec<u8> {
        [self.put16(group), self.put16(element)].concat()
    }

    fn header(self, key: Key, vr: &str, length: u32) -> Vec<u8> {
        let mut bytes = self.tag(key);
        if !self.explicit {
            bytes.extend(self.put32(length));
            return bytes;
        }
        bytes.extend(vr.as_bytes());
        if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT" | "UC") {
            bytes.extend([0, 0]);
            bytes.extend(self.put32(length));
        } else {
            bytes.extend(self.put16(u16::try_from(length).unwrap()));
        }
        bytes
    }

    fn element(self, key: Key, vr: &str, value: &Value) -> Vec<u8> {
        let mut content = match value {
            Value::Bytes(bytes) => bytes.clone(),
            Value::Words(words) => words.iter().flat_map(|w| self.put16(*w)).collect(),
            Value::Items(items) => items.iter().flat_map(|item| self.item(item)).collect(),
            Value::Fragments(offsets, fragments) => return self.encapsulated(key, offsets, fragments),
        };
        if content.len() % 2 == 1 {
            content.push(if matches!(vr, "UI" | "OB" | "UN") { 0 } else { b' ' });
        }
        let mut bytes = self.header(key, vr, u32::try_from(content.len()).unwrap());
        bytes.extend(content);
        bytes
    }

    fn item(self, elements: &[(Key, &'static str, Vec<u8>)]) -> Vec<u8> {
        let content: Vec<u8> = elements
            .iter()
            .flat_map(|(key, vr, value)| self.element(*key, vr, &Value::Bytes(value.clone())))
            .collect();
        let mut bytes = self.tag((0xFFFE, 0xE000));
        bytes.extend(self.put32(u32::try_from(content.len()).unwrap()));
        bytes.extend(content);
        bytes
    }

    fn encapsulated(self, key: Key, offsets: &[u32], fragments: &[Vec<u8>]) -> Vec<u8> {
        let table: Vec<u8> = offsets.iter().flat_map(|o| self.put32(*o)).collect();
        let mut bytes = self.header(key, "OB", u32::MAX);
        for fragment in std::iter::once(&table).chain(fragments) {
            bytes.extend(self.tag((0xFFFE, 0xE000)));
            bytes.extend(self.put32(u32::try_from(fragment.len() + fragment.len() % 2).unwrap()));
            bytes.extend(fragment);
            if fragment.len() % 2 == 1 {
                bytes.push(0);
            }
        }
        bytes.extend(self.tag((0xFFFE, 0xE0DD)));
        bytes.extend([0; 4]);
        bytes
    }
}
