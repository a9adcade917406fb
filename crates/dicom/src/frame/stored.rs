//! Stored values in their containers: the bits that count, their sign, and padding (PS3.5 section 8.1.1, PS3.3 C.7.5.1.1.2).

use super::codec::Codec;
use crate::image_module::ImageModule;

/// How a stored value lies in its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    /// Bits of the container: 8 or 16.
    pub allocated: u32,
    pub stored: u32,
    pub high_bit: u32,
    pub signed: bool,
}

impl Format {
    /// As the header says, or the codec where it knows better. Attributes that contradict each other give way to the
    /// container.
    pub fn of(image: &ImageModule, codec: Codec) -> Format {
        let allocated = if image.bits_allocated == Some(8) { 8 } else { 16 };
        let plain = |stored, signed| Format {
            allocated: if stored > 8 { 16 } else { allocated },
            stored,
            high_bit: stored - 1,
            signed,
        };
        match codec {
            Codec::Numbers { bits, signed } => plain(bits, signed),
            Codec::Colour { bits } => plain(bits, false),
            Codec::Patterns => {
                let signed = image.pixel_representation == Some(1);
                let stored = image.bits_stored.map_or(allocated, u32::from);
                let high_bit = image.high_bit.map_or(stored.wrapping_sub(1), u32::from);
                let sound = (1..=allocated).contains(&stored) && (stored - 1..allocated).contains(&high_bit);
                match sound {
                    true => Format {
                        allocated,
                        stored,
                        high_bit,
                        signed,
                    },
                    false => plain(stored.clamp(1, allocated), signed),
                }
            }
        }
    }

    /// The stored value in a container.
    pub fn value(self, container: u16) -> i32 {
        let low = self.high_bit + 1 - self.stored;
        self.with_sign(u32::from(container) >> low)
    }

    fn with_sign(self, bits: u32) -> i32 {
        let unused = 32 - self.stored;
        match self.signed {
            true => (bits << unused).cast_signed() >> unused,
            false => (bits << unused >> unused).cast_signed(),
        }
    }

    /// Containers that there can be.
    pub fn containers(self) -> std::ops::RangeInclusive<u16> {
        match self.allocated {
            8 => 0..=255,
            _ => 0..=u16::MAX,
        }
    }
}

/// Values that are no part of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Padding {
    least: i32,
    most: i32,
    /// The padding value as it is written in the header, which may have bits set that stored values lack.
    container: u16,
}

impl Padding {
    /// Pixel Padding Value, with Pixel Padding Range Limit where that is given.
    pub fn of(image: &ImageModule, format: Format) -> Option<Padding> {
        let container = image.pixel_padding?;
        let number = |container: u16| match format.signed {
            true => i32::from(container.cast_signed()),
            false => i32::from(container),
        };
        let (a, b) = (
            number(container),
            number(image.pixel_padding_limit.unwrap_or(container)),
        );
        Some(Padding {
            least: a.min(b),
            most: a.max(b),
            container,
        })
    }

    pub fn contains(self, container: u16, value: i32) -> bool {
        container == self.container || (self.least..=self.most).contains(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(stored: u32, high_bit: u32, signed: bool) -> Format {
        Format {
            allocated: 16,
            stored,
            high_bit,
            signed,
        }
    }

    #[test]
    fn only_the_stored_bits_count() {
        assert_eq!(format(12, 11, false).value(0xF123), 0x123);
        assert_eq!(format(12, 15, false).value(0x123F), 0x123);
        assert_eq!(format(12, 11, true).value(0x0FFF), -1);
        assert_eq!(format(16, 15, true).value(0x8000), -32768);
    }

    #[test]
    fn attributes_that_contradict_give_way() {
        let image = ImageModule {
            bits_allocated: Some(16),
            bits_stored: Some(17),
            high_bit: Some(40),
            ..ImageModule::default()
        };
        assert_eq!(Format::of(&image, Codec::Patterns), format(16, 15, false));
    }

    #[test]
    fn padding_is_a_value_or_a_range_in_either_order() {
        let mut image = ImageModule {
            pixel_padding: Some(0xF830),
            ..ImageModule::default()
        };
        let padding = Padding::of(&image, format(16, 15, true)).unwrap();
        assert!(padding.contains(0xF830, -2000) && !padding.contains(0, 0));
        (image.pixel_padding, image.pixel_padding_limit) = (Some(10), Some(5));
        let padding = Padding::of(&image, format(16, 15, false)).unwrap();
        assert!(padding.contains(7, 7) && !padding.contains(11, 11));
    }
}
