//! The attributes that describe pixels (PS3.3 C.7.6.3, C.11.1, C.11.2), as read, and whether they fit together.

use crate::element::{Syntax, Tag};
use crate::value_rules::unpadded;

/// Description of the pixels of one instance. `None` is absent or unreadable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageModule {
    /// Samples per Pixel (0028,0002).
    pub samples_per_pixel: Option<u16>,
    /// Photometric Interpretation (0028,0004).
    pub photometric_interpretation: String,
    /// Planar Configuration (0028,0006).
    pub planar_configuration: Option<u16>,
    /// Number of Frames (0028,0008).
    pub number_of_frames: Option<u32>,
    /// Rows (0028,0010).
    pub rows: Option<u16>,
    /// Columns (0028,0011).
    pub columns: Option<u16>,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: Option<u16>,
    /// Bits Stored (0028,0101).
    pub bits_stored: Option<u16>,
    /// High Bit (0028,0102).
    pub high_bit: Option<u16>,
    /// Pixel Representation (0028,0103): 1 is two's complement.
    pub pixel_representation: Option<u16>,
    /// Pixel Padding Value (0028,0120), its 16 bits as stored.
    pub pixel_padding: Option<u16>,
    /// Pixel Padding Range Limit (0028,0121), its 16 bits as stored.
    pub pixel_padding_limit: Option<u16>,
    /// Window Center (0028,1050).
    pub window_center: Vec<f64>,
    /// Window Width (0028,1051).
    pub window_width: Vec<f64>,
    /// Rescale Intercept (0028,1052).
    pub rescale_intercept: Option<f64>,
    /// Rescale Slope (0028,1053).
    pub rescale_slope: Option<f64>,
    /// VOI LUT Function (0028,1056).
    pub voi_function: String,
    /// Presentation LUT Shape (2050,0020).
    pub presentation_shape: String,
    /// Modality LUT, where the header has one.
    pub modality_lut: Option<Lut>,
    /// First VOI LUT, where the header has one.
    pub voi_lut: Option<Lut>,
    /// Something was there that is not a value.
    pub(crate) unreadable: bool,
    /// Palette Color Lookup Tables: red, green, blue.
    pub(crate) palettes: [Lut; 3],
}

/// A lookup table (PS3.3 C.11.1.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lut {
    /// First stored value mapped, its 16 bits as stored.
    pub first: u16,
    /// Number of entries that the descriptor claims.
    pub entries: u32,
    /// Bits of each entry.
    pub bits: u16,
    /// The entries that exist.
    pub data: Vec<u16>,
}

impl ImageModule {
    /// Takes one element of the root data set, if it is one of ours.
    pub(crate) fn take(&mut self, tag: Tag, value: &[u8], syntax: Syntax) {
        match tag.0 {
            0x0028_0002 => self.samples_per_pixel = self.short(value, syntax),
            0x0028_0004 => self.photometric_interpretation = ascii(value),
            0x0028_0006 => self.planar_configuration = self.short(value, syntax),
            0x0028_0008 => self.number_of_frames = self.count(value),
            0x0028_0010 => self.rows = self.short(value, syntax),
            0x0028_0011 => self.columns = self.short(value, syntax),
            0x0028_0100 => self.bits_allocated = self.short(value, syntax),
            0x0028_0101 => self.bits_stored = self.short(value, syntax),
            0x0028_0102 => self.high_bit = self.short(value, syntax),
            0x0028_0103 => self.pixel_representation = self.short(value, syntax),
            0x0028_0120 => self.pixel_padding = self.short(value, syntax),
            0x0028_0121 => self.pixel_padding_limit = self.short(value, syntax),
            0x0028_1050 => self.window_center = self.decimals(value),
            0x0028_1051 => self.window_width = self.decimals(value),
            0x0028_1052 => self.rescale_intercept = self.decimals(value).first().copied(),
            0x0028_1053 => self.rescale_slope = self.decimals(value).first().copied(),
            0x0028_1056 => self.voi_function = ascii(value),
            0x0028_1101..=0x0028_1103 => self.palette(tag, Tag(0x0028_3002), value, syntax),
            0x0028_1201..=0x0028_1203 => self.palette(tag, Tag(0x0028_3006), value, syntax),
            0x2050_0020 => self.presentation_shape = ascii(value),
            _ => {}
        }
    }

    fn short(&mut self, value: &[u8], syntax: Syntax) -> Option<u16> {
        match value {
            [a, b] => Some(syntax.u16([*a, *b])),
            [] => None,
            _ => {
                self.unreadable = true;
                None
            }
        }
    }

    /// Number of Frames: absent is one, anything unreadable or below one is wrong.
    fn count(&mut self, value: &[u8]) -> Option<u32> {
        let count = number::<u32>(value).filter(|n| *n > 0);
        self.unreadable |= count.is_none();
        count
    }

    fn decimals(&mut self, value: &[u8]) -> Vec<f64> {
        let numbers: Option<Vec<f64>> = value
            .split(|b| *b == b'\\')
            .map(|part| number(unpadded(part)).filter(|x: &f64| x.is_finite() && x.abs() < 1e12))
            .collect();
        self.unreadable |= numbers.is_none();
        numbers.unwrap_or_default()
    }

    /// Frames: one where the header does not say.
    pub fn frames(&self) -> u32 {
        self.number_of_frames.unwrap_or(1)
    }

    /// Bytes of native pixel data that the attributes ask for.
    pub fn native_length(&self) -> Option<u64> {
        let pixels = u64::from(self.rows?) * u64::from(self.columns?);
        let samples = pixels.checked_mul(u64::from(self.samples_per_pixel?))?;
        let bits = match self.photometric_interpretation.as_str() {
            "YBR_FULL_422" | "YBR_PARTIAL_422" => samples.checked_mul(u64::from(self.bits_allocated?))? / 3 * 2,
            _ => samples.checked_mul(u64::from(self.bits_allocated?))?,
        };
        let bits = bits.checked_mul(u64::from(self.frames()))?;
        Some(bits.div_ceil(8))
    }

    /// Whether the attributes contradict each other or the standard.
    pub(crate) fn is_wrong(&self) -> bool {
        self.unreadable || self.format_is_wrong() || self.window_is_wrong() || self.luts_are_wrong()
    }

    fn format_is_wrong(&self) -> bool {
        let (allocated, stored) = (self.bits_allocated.unwrap_or(0), self.bits_stored.unwrap_or(0));
        let colors = match self.photometric_interpretation.as_str() {
            "MONOCHROME1" | "MONOCHROME2" => 1,
            "PALETTE COLOR" if self.palette_is_sound() => 1,
            "RGB" | "YBR_FULL" | "YBR_FULL_422" | "YBR_PARTIAL_422" | "YBR_PARTIAL_420" | "YBR_ICT" | "YBR_RCT"
            | "XYB" => 3,
            _ => return true,
        };
        let format = matches!(allocated, 1 | 8 | 16 | 32 | 64) && (1..=allocated).contains(&stored);
        !format
            || self.rows.unwrap_or(0) == 0
            || self.columns.unwrap_or(0) == 0
            || self.samples_per_pixel != Some(colors)
            || self.high_bit != Some(stored.wrapping_sub(1))
            || self.pixel_representation.unwrap_or(0) > 1
            || self.planar_configuration.unwrap_or(0) > 1
            || (allocated == 1 && stored != 1)
    }

    /// One of the palettes: its descriptor or its data, which are those of any table.
    fn palette(&mut self, tag: Tag, part: Tag, value: &[u8], syntax: Syntax) {
        let color = usize::from((tag.element() & 0xF) - 1);
        if let Some(palette) = self.palettes.get_mut(color) {
            palette.take(part, value, syntax);
            palette.unpack();
        }
    }

    fn palette_is_sound(&self) -> bool {
        self.palettes.iter().all(|palette| {
            matches!(palette.bits, 8 | 16)
                && !palette.data.is_empty()
                && palette.data.len() as u64 == u64::from(palette.entries)
        })
    }

    fn window_is_wrong(&self) -> bool {
        self.window_center.len() != self.window_width.len()
            || self.window_width.iter().any(|w| *w <= 0.0)
            || self.rescale_slope.is_some_and(|slope| slope.abs() < 1e-30)
    }

    fn luts_are_wrong(&self) -> bool {
        let wrong = |lut: &Lut| lut.data.len() as u64 != u64::from(lut.entries) || !(8..=16).contains(&lut.bits);
        self.modality_lut.as_ref().is_some_and(wrong) || self.voi_lut.as_ref().is_some_and(wrong)
    }
}

impl Lut {
    /// Takes LUT Descriptor (0028,3002) or LUT Data (0028,3006).
    pub(crate) fn take(&mut self, tag: Tag, value: &[u8], syntax: Syntax) {
        let words = || {
            value
                .chunks_exact(2)
                .filter_map(|w| w.try_into().ok())
                .map(|w| syntax.u16(w))
        };
        match tag.0 {
            0x0028_3002 => {
                let mut words = words();
                // Zero stands for 65,536 (PS3.3 C.11.1.1.1).
                self.entries = match words.next().unwrap_or(1) {
                    0 => 65_536,
                    n => u32::from(n),
                };
                self.first = words.next().unwrap_or(0);
                self.bits = words.next().unwrap_or(0);
            }
            0x0028_3006 => self.data = words().collect(),
            _ => {}
        }
    }

    /// Entries of 8 bits may be packed two to a word (PS3.3 C.11.1.1.1).
    pub(crate) fn unpack(&mut self) {
        if self.bits == 8 && self.entries > 1 && self.data.len() as u64 == u64::from(self.entries).div_ceil(2) {
            self.data = self
                .data
                .iter()
                .flat_map(|w| [w & 0xFF, w >> 8])
                .take(self.entries as usize)
                .collect();
        }
    }
}

fn ascii(value: &[u8]) -> String {
    String::from_utf8_lossy(unpadded(value)).into_owned()
}

fn number<T: std::str::FromStr>(value: &[u8]) -> Option<T> {
    std::str::from_utf8(unpadded(value)).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module() -> ImageModule {
        ImageModule {
            samples_per_pixel: Some(1),
            photometric_interpretation: "MONOCHROME2".into(),
            rows: Some(16),
            columns: Some(16),
            bits_allocated: Some(16),
            bits_stored: Some(12),
            high_bit: Some(11),
            pixel_representation: Some(0),
            ..ImageModule::default()
        }
    }

    #[test]
    fn a_sound_module_is_not_wrong() {
        assert!(!module().is_wrong());
        assert_eq!(module().native_length(), Some(512));
    }

    #[test]
    fn contradictions_are_found() {
        let wrong: [fn(&mut ImageModule); 6] = [
            |m| m.bits_stored = Some(17),
            |m| m.high_bit = Some(15),
            |m| m.samples_per_pixel = Some(3),
            |m| m.window_center = vec![1.0],
            |m| m.rescale_slope = Some(0.0),
            |m| m.take(Tag(0x0028_0008), b"abc", Syntax::ExplicitLittle),
        ];
        for spoil in wrong {
            let mut module = module();
            spoil(&mut module);
            assert!(module.is_wrong(), "{module:?}");
        }
    }

    #[test]
    fn huge_sizes_do_not_overflow() {
        let mut module = module();
        (module.rows, module.columns) = (Some(65_535), Some(65_535));
        module.number_of_frames = Some(u32::MAX);
        module.samples_per_pixel = Some(65_535);
        module.bits_allocated = Some(65_535);
        assert_eq!(module.native_length(), None);
    }
}
