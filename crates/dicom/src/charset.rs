//! Text of every repertoire that Specific Character Set (0008,0005) can name, and of those that it should have named.
//!
//! Decoding never fails: what does not fit the declared repertoire is read as the likeliest other one and reported.

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7,
    ISO_8859_8, ISO_8859_15, WINDOWS_874, WINDOWS_1252, WINDOWS_1254,
};

/// What a data set declares about its text.
#[derive(Debug, Clone)]
pub(crate) struct Charset {
    repertoire: Repertoire,
    /// The declaration itself is not one of PS3.3 C.12.1.1.2.
    pub odd: bool,
}

#[derive(Debug, Clone)]
enum Repertoire {
    /// Nothing, or nothing that we know.
    Undeclared,
    Utf8,
    /// GB18030 or GBK, where a second byte may look like a backslash.
    Chinese(&'static Encoding),
    /// ISO 2022: the sets at the start, and those that escapes may bring.
    Iso2022 {
        right: Option<Set>,
        left: Set,
        declared: Vec<Set>,
    },
}

/// A coded character set of PS3.3 Tables C.12-2 to C.12-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    /// JIS X 0201: romaji on the left, katakana on the right.
    Romaji,
    Katakana,
    Latin1,
    /// A right half that `encoding_rs` knows, by index of `SINGLE`.
    Single(&'static Single),
    JisX0208,
    JisX0212,
    Korean,
    Gb2312,
}

#[derive(Debug, PartialEq, Eq)]
struct Single {
    registration: u16,
    escape: u8,
    encoding: &'static Encoding,
}

static SINGLES: [Single; 11] = [
    Single {
        registration: 101,
        escape: b'B',
        encoding: ISO_8859_2,
    },
    Single {
        registration: 109,
        escape: b'C',
        encoding: ISO_8859_3,
    },
    Single {
        registration: 110,
        escape: b'D',
        encoding: ISO_8859_4,
    },
    Single {
        registration: 144,
        escape: b'L',
        encoding: ISO_8859_5,
    },
    Single {
        registration: 127,
        escape: b'G',
        encoding: ISO_8859_6,
    },
    Single {
        registration: 126,
        escape: b'F',
        encoding: ISO_8859_7,
    },
    Single {
        registration: 138,
        escape: b'H',
        encoding: ISO_8859_8,
    },
    // Windows-1254 and 874 are ISO 8859-9 and TIS 620 from 0xA0 on.
    Single {
        registration: 148,
        escape: b'M',
        encoding: WINDOWS_1254,
    },
    Single {
        registration: 203,
        escape: b'b',
        encoding: ISO_8859_15,
    },
    Single {
        registration: 166,
        escape: b'T',
        encoding: WINDOWS_874,
    },
    Single {
        registration: 100,
        escape: b'A',
        encoding: WINDOWS_1252,
    },
];

/// Text, and whether its bytes kept to the declared repertoire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub text: String,
    pub odd: bool,
}

impl Charset {
    /// The default repertoire: nothing declared.
    pub const fn none() -> Charset {
        Charset {
            repertoire: Repertoire::Undeclared,
            odd: false,
        }
    }

    /// What the value of Specific Character Set declares.
    pub fn declared(value: &[u8]) -> Charset {
        let values: Vec<&[u8]> = value.split(|b| *b == b'\\').map(<[u8]>::trim_ascii).collect();
        let first = values.first().copied().unwrap_or_default();
        let padded_wrong = value.contains(&0) || (!value.is_empty() && value.trim_ascii().is_empty());
        if values.len() == 1 {
            return single_value(first, padded_wrong);
        }
        extended(&values, padded_wrong)
    }

    /// Whether a backslash may be one byte of a character, so that values cannot be split at bytes.
    pub fn hides_backslash(&self) -> bool {
        !matches!(self.repertoire, Repertoire::Undeclared | Repertoire::Utf8)
    }

    /// Whether the left half is JIS X 0201, where 0x5C is a yen sign.
    pub fn has_yen(&self) -> bool {
        matches!(self.repertoire, Repertoire::Iso2022 { left: Set::Romaji, .. })
    }

    /// The text that the bytes spell.
    pub fn decode(&self, bytes: &[u8]) -> Decoded {
        if bytes.iter().all(|b| b.is_ascii() && *b != 0x1B) {
            let text = bytes.iter().map(|b| char::from(*b)).collect();
            return Decoded { text, odd: false };
        }
        match &self.repertoire {
            Repertoire::Undeclared => guess(bytes),
            Repertoire::Utf8 => utf8(bytes),
            Repertoire::Chinese(encoding) => chinese(encoding, bytes),
            Repertoire::Iso2022 { left, right, declared } => Iso2022 {
                left: *left,
                right: *right,
                start: (*left, *right),
                declared,
                decoded: Decoded {
                    text: String::with_capacity(bytes.len()),
                    odd: false,
                },
            }
            .run(bytes),
        }
    }
}

fn single_value(term: &[u8], odd: bool) -> Charset {
    let (repertoire, exact) = match term {
        b"" => (Repertoire::Undeclared, true),
        b"ISO_IR 192" => (Repertoire::Utf8, true),
        b"GB18030" => (Repertoire::Chinese(GB18030), true),
        b"GBK" => (Repertoire::Chinese(GBK), true),
        _ => named(term),
    };
    Charset {
        repertoire,
        odd: odd || !exact,
    }
}

/// `ISO_IR n`, `ISO 2022 IR n`, or what people write instead.
fn named(term: &[u8]) -> (Repertoire, bool) {
    let exact = term.starts_with(b"ISO_IR ") || term.starts_with(b"ISO 2022 IR ");
    match registration(term) {
        Some(192) => (Repertoire::Utf8, false),
        Some(number) => match sets(number) {
            Some((left, right)) => (code_extension(left, right, vec![]), exact),
            None => (Repertoire::Undeclared, false),
        },
        None if is_utf8_word(term) => (Repertoire::Utf8, false),
        None => (Repertoire::Undeclared, false),
    }
}

fn is_utf8_word(term: &[u8]) -> bool {
    let letters: Vec<u8> = term.iter().filter(|b| b.is_ascii_alphanumeric()).copied().collect();
    letters.eq_ignore_ascii_case(b"utf8")
}

/// The registration number at the end of a term.
fn registration(term: &[u8]) -> Option<u16> {
    let upper = term.to_ascii_uppercase();
    let digits = upper.strip_prefix(b"ISO")?;
    let at = digits.windows(2).position(|w| w == b"IR")?;
    let number = digits.get(at + 2..)?.trim_ascii();
    std::str::from_utf8(number)
        .ok()?
        .trim_start_matches([' ', '_', '-'])
        .parse()
        .ok()
}

/// Left and right half that a registration number brings.
fn sets(number: u16) -> Option<(Set, Option<Set>)> {
    Some(match number {
        6 => (Set::Ascii, None),
        100 => (Set::Ascii, Some(Set::Latin1)),
        13 => (Set::Romaji, Some(Set::Katakana)),
        14 => (Set::Romaji, None),
        87 => (Set::JisX0208, None),
        159 => (Set::JisX0212, None),
        149 => (Set::Ascii, Some(Set::Korean)),
        58 => (Set::Ascii, Some(Set::Gb2312)),
        _ => {
            let single = SINGLES.iter().find(|single| single.registration == number)?;
            (Set::Ascii, Some(Set::Single(single)))
        }
    })
}

fn code_extension(left: Set, right: Option<Set>, mut declared: Vec<Set>) -> Repertoire {
    declared.push(left);
    declared.extend(right);
    // A two-byte set on the left is only ever reached by an escape.
    let left = match left {
        Set::JisX0208 | Set::JisX0212 => Set::Ascii,
        single => single,
    };
    Repertoire::Iso2022 { left, right, declared }
}

fn extended(values: &[&[u8]], odd: bool) -> Charset {
    let mut odd = odd || values.len() > 6;
    let mut declared = vec![Set::Ascii];
    let mut first = (Set::Ascii, None);
    for (i, value) in values.iter().enumerate() {
        if i == 0 && value.is_empty() {
            continue;
        }
        let number = registration(value);
        if number == Some(192) {
            return Charset {
                repertoire: Repertoire::Utf8,
                odd: true,
            };
        }
        let Some((left, right)) = number.and_then(sets) else {
            odd = true;
            continue;
        };
        odd |= !value.starts_with(b"ISO 2022 IR ") || (i > 0 && declared_twice(&declared, left, right));
        declared.push(left);
        declared.extend(right);
        if i == 0 {
            first = (left, right);
        }
    }
    Charset {
        repertoire: code_extension(first.0, first.1, declared),
        odd,
    }
}

fn declared_twice(declared: &[Set], left: Set, right: Option<Set>) -> bool {
    match right {
        Some(right) => declared.contains(&right),
        None => left != Set::Ascii && declared.contains(&left),
    }
}

/// High bytes without a declaration: UTF-8 where they are valid UTF-8, else Windows' extension of Latin-1.
fn guess(bytes: &[u8]) -> Decoded {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    };
    Decoded { text, odd: true }
}

fn utf8(bytes: &[u8]) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded {
            odd: text.contains(['\u{FEFF}', '\u{1B}']),
            text: text.trim_start_matches('\u{FEFF}').to_owned(),
        },
        Err(_) => guess(bytes),
    }
}

fn chinese(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        odd: broken || bytes.contains(&0x1B),
        text: text.into_owned(),
    }
}

/// PS3.5 section 6.1.2.5: code extension, one text at a time.
struct Iso2022<'a> {
    left: Set,
    right: Option<Set>,
    start: (Set, Option<Set>),
    declared: &'a [Set],
    decoded: Decoded,
}

impl Iso2022<'_> {
    fn run(mut self, bytes: &[u8]) -> Decoded {
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = match byte {
                0x1B => self.escape(tail),
                0x21..=0x7E if self.left_is_double() => self.double(byte, tail, self.left),
                0x00..=0x7F => self.single(byte, tail),
                _ => self.high(byte, tail),
            };
        }
        // PS3.5 6.1.2.5.3: a text ends in the set that it began with.
        self.decoded.odd |= self.left_is_double();
        self.decoded
    }

    fn left_is_double(&self) -> bool {
        matches!(self.left, Set::JisX0208 | Set::JisX0212)
    }

    fn escape<'b>(&mut self, after: &'b [u8]) -> &'b [u8] {
        let (set, right, length) = match after {
            [b'(', b'B', ..] => (Set::Ascii, false, 2),
            [b'(', b'J', ..] => (Set::Romaji, false, 2),
            [b')', b'I', ..] => (Set::Katakana, true, 2),
            [b'$', b'B' | b'@', ..] => (Set::JisX0208, false, 2),
            [b'$', b'(', b'D', ..] => (Set::JisX0212, false, 3),
            [b'$', b')', b'C', ..] => (Set::Korean, true, 3),
            [b'$', b')', b'A', ..] => (Set::Gb2312, true, 3),
            [b'-', b'A', ..] => (Set::Latin1, true, 2),
            [b'-', letter, ..] => match SINGLES.iter().find(|single| single.escape == *letter) {
                Some(single) => (Set::Single(single), true, 2),
                None => return self.unknown_escape(after),
            },
            _ => return self.unknown_escape(after),
        };
        self.decoded.odd |= !self.declared.contains(&set) && set != Set::Ascii && set != Set::Romaji;
        match right {
            true => self.right = Some(set),
            false => self.left = set,
        }
        after.get(length..).unwrap_or_default()
    }

    fn unknown_escape<'b>(&mut self, after: &'b [u8]) -> &'b [u8] {
        self.decoded.odd = true;
        after
    }

    fn single<'b>(&mut self, byte: u8, tail: &'b [u8]) -> &'b [u8] {
        // Delimiters bring back the sets of the start (PS3.5 6.1.2.5.3).
        if matches!(byte, b'\\' | b'\t' | b'\n' | 0x0C | b'\r') {
            (self.left, self.right) = self.start;
        }
        self.decoded.text.push(match (self.left, byte) {
            (Set::Romaji, 0x7E) => '\u{203E}',
            _ => char::from(byte),
        });
        tail
    }

    fn high<'b>(&mut self, byte: u8, tail: &'b [u8]) -> &'b [u8] {
        match self.right {
            Some(Set::Korean | Set::Gb2312) => {
                let set = self.right.unwrap_or(Set::Korean);
                self.double(byte, tail, set)
            }
            Some(Set::Katakana) if (0xA1..=0xDF).contains(&byte) => {
                let offset = u32::from(byte - 0xA1);
                self.decoded.text.extend(char::from_u32(0xFF61 + offset));
                tail
            }
            Some(Set::Latin1) if byte >= 0xA0 => {
                self.decoded.text.push(char::from(byte));
                tail
            }
            Some(Set::Single(single)) if byte >= 0xA0 => self.table(single.encoding, &[byte], tail),
            _ => {
                self.decoded.odd = true;
                self.table(WINDOWS_1252, &[byte], tail)
            }
        }
    }

    /// A character of two bytes, through the EUC form of its set.
    fn double<'b>(&mut self, first: u8, tail: &'b [u8], set: Set) -> &'b [u8] {
        let Some((&second, rest)) = tail.split_first() else {
            self.decoded.odd = true;
            self.decoded.text.push('\u{FFFD}');
            return tail;
        };
        let (first, second) = (first | 0x80, second | 0x80);
        match set {
            Set::JisX0212 => self.table(EUC_JP, &[0x8F, first, second], rest),
            Set::Korean => self.table(EUC_KR, &[first, second], rest),
            Set::Gb2312 => self.table(GBK, &[first, second], rest),
            _ => self.table(EUC_JP, &[first, second], rest),
        }
    }

    fn table<'b>(&mut self, encoding: &'static Encoding, bytes: &[u8], tail: &'b [u8]) -> &'b [u8] {
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        self.decoded.odd |= broken;
        self.decoded.text.push_str(&text);
        tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(declared: &str, bytes: &[u8], text: &str, odd: bool) {
        let charset = Charset::declared(declared.as_bytes());
        let decoded = charset.decode(bytes);
        assert_eq!(decoded.text, text, "{declared}");
        assert_eq!(decoded.odd || charset.odd, odd, "{declared} {text}");
    }

    #[test]
    fn declared_repertoires_are_read() {
        check("ISO_IR 100", b"R\xf6ntgen", "Röntgen", false);
        check("ISO_IR 192", "胸部".as_bytes(), "胸部", false);
        check("GB18030", b"\xd0\xd8\xb2\xbf", "胸部", false);
        check("GBK", b"\x81\x5c", "乗", false);
        check("\\ISO 2022 IR 87", b"\x1b$B6;It\x1b(B PA", "胸部 PA", false);
        check("ISO_IR 13", b"\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ", false);
        check(
            "ISO 2022 IR 13\\ISO 2022 IR 87",
            b"\xd4\xcf\x1b$B;3ED\x1b(J",
            "ﾔﾏ山田",
            false,
        );
        check("\\ISO 2022 IR 149", b"\x1b$)C\xc8\xe4\xba\xce", "흉부", false);
        check("\\ISO 2022 IR 58", b"\x1b$)A\xd0\xd8\xb2\xbf", "胸部", false);
        check("\\ISO 2022 IR 159", b"\x1b$(D0!\x1b(B", "丂", false);
        check("ISO_IR 144", b"\xb3\xe0\xe3\xd4\xec", "Грудь", false);
        check("ISO_IR 148", b"G\xf6\xf0\xfcs", "Göğüs", false);
        check("ISO_IR 166", b"\xb7\xc3\xc7\xa7", "ทรวง", false);
        check("ISO_IR 203", b"\xa4", "€", false);
    }

    #[test]
    fn undeclared_latin_1_of_real_life_is_repaired() {
        check("", b"B\xe4cken", "Bäcken", true);
        check("", "Bäcken".as_bytes(), "Bäcken", true);
        check("ISO_IR 192", b"B\xe4cken", "Bäcken", true);
        check("ISO-IR 100", b"B\xe4cken", "Bäcken", true);
        check("UTF-8", "Bäcken".as_bytes(), "Bäcken", true);
        check("iso_ir 192", "胸".as_bytes(), "胸", true);
        check("ISO_IR 999", b"B\xe4cken", "Bäcken", true);
        check("", b"CHEST", "CHEST", false);
    }

    #[test]
    fn broken_text_is_reported_and_kept() {
        check("\\ISO 2022 IR 87", b"\x1b$B;3", "山", true);
        check("\\ISO 2022 IR 87", b"CHEST\x1b", "CHEST", true);
        check("ISO_IR 100", b"\x1b$B;3ED\x1b(B", "山田", true);
        check("GB18030", b"\xd0", "\u{FFFD}", true);
        check("ISO_IR 100\\ISO_IR 144", b"R\xf6", "Rö", true);
    }
}
