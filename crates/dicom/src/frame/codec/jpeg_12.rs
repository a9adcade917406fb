//! JPEG of 12 bits (ITU-T T.81, extended sequential with Huffman coding), of one component.

use super::{Codec, Context, Reader, Samples};
use crate::frame::FrameFailure;

/// T.81 Figure A.6: where the coefficients in the order of the stream belong.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

const BITS: u32 = 12;

type Block = [f64; 64];

/// Decodes one image, whose size was checked.
pub(crate) fn decode(bytes: &[u8], context: Context<'_>) -> Result<Samples, FrameFailure> {
    let mut reader = Reader::new(bytes);
    let mut tables = Tables::default();
    loop {
        let marker = reader.marker().ok_or(FrameFailure::Codec)?;
        if marker == 0xD8 {
            continue;
        }
        let segment = reader.segment().ok_or(FrameFailure::Codec)?;
        match marker {
            0xC4 => tables.huffman(segment)?,
            0xDB => tables.quantization(segment)?,
            0xDD => tables.restart = word(segment).ok_or(FrameFailure::Codec)?,
            0xC1 => tables.component = component(segment)?,
            0xC0..=0xCF => return Err(FrameFailure::Unsupported),
            0xDA => {
                let mut scan = tables.scan(segment, reader.rest())?;
                return Ok(Samples {
                    width: context.width,
                    height: context.height,
                    channels: 1,
                    planar: false,
                    values: scan.image(context.width, context.height)?,
                    codec: Codec::Patterns,
                });
            }
            _ => {}
        }
    }
}

fn word(segment: &[u8]) -> Option<usize> {
    segment.first_chunk::<2>().map(|w| usize::from(u16::from_be_bytes(*w)))
}

/// The quantization table of the only component.
fn component(segment: &[u8]) -> Result<usize, FrameFailure> {
    match segment {
        [_, _, _, _, _, 1, _, _, table, ..] => Ok(usize::from(*table)),
        _ => Err(FrameFailure::Unsupported),
    }
}

#[derive(Default)]
struct Tables {
    direct: [Huffman; 4],
    alternating: [Huffman; 4],
    quantization: [Vec<u16>; 4],
    component: usize,
    /// Blocks between restart markers; none where it is zero.
    restart: usize,
}

impl Tables {
    /// T.81 B.2.4.2.
    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), FrameFailure> {
        while let Some((&[kind, ref counts @ ..], rest)) = segment.split_first_chunk::<17>() {
            let count: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let symbols = rest.get(..count).ok_or(FrameFailure::Codec)?;
            let tables = if kind < 0x10 {
                &mut self.direct
            } else {
                &mut self.alternating
            };
            let table = tables.get_mut(usize::from(kind & 15)).ok_or(FrameFailure::Codec)?;
            *table = Huffman::new(counts, symbols);
            segment = rest.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// T.81 B.2.4.1.
    fn quantization(&mut self, mut segment: &[u8]) -> Result<(), FrameFailure> {
        while let Some((&kind, rest)) = segment.split_first() {
            let size = if kind < 0x10 { 1 } else { 2 };
            let values = rest.get(..64 * size).ok_or(FrameFailure::Codec)?;
            let table = self
                .quantization
                .get_mut(usize::from(kind & 15))
                .ok_or(FrameFailure::Codec)?;
            *table = values
                .chunks_exact(size)
                .map(|v| v.iter().fold(0, |n, b| n << 8 | u16::from(*b)))
                .collect();
            segment = rest.get(64 * size..).unwrap_or_default();
        }
        Ok(())
    }

    fn scan<'t>(&'t self, header: &[u8], data: &'t [u8]) -> Result<Scan<'t>, FrameFailure> {
        // Sequential scans have all coefficients, whatever the last ones of the header say.
        let &[1, _, tables, _, _, _] = header else {
            return Err(FrameFailure::Unsupported);
        };
        let table = |tables: &'t [Huffman; 4], at: u8| tables.get(usize::from(at)).ok_or(FrameFailure::Codec);
        let quantization = self.quantization.get(self.component).filter(|table| table.len() == 64);
        Ok(Scan {
            direct: table(&self.direct, tables >> 4)?,
            alternating: table(&self.alternating, tables & 15)?,
            quantization: quantization.ok_or(FrameFailure::Codec)?,
            restart: self.restart,
            predicted: 0,
            bits: Bits::new(data),
            basis: basis(),
        })
    }
}

/// T.81 Annex C: codes by length.
#[derive(Default)]
struct Huffman {
    /// Of each length from 1: the first code, how many there are, and the index of the first symbol.
    lengths: Vec<(u32, u32, usize)>,
    symbols: Vec<u8>,
}

impl Huffman {
    fn new(counts: &[u8], symbols: &[u8]) -> Huffman {
        let (mut code, mut index) = (0u32, 0);
        let mut lengths = Vec::with_capacity(counts.len());
        for count in counts {
            lengths.push((code, u32::from(*count), index));
            code = (code + u32::from(*count)) << 1;
            index += usize::from(*count);
        }
        Huffman {
            lengths,
            symbols: symbols.to_vec(),
        }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Result<u8, FrameFailure> {
        let mut code = 0;
        for (first, count, index) in &self.lengths {
            code = code << 1 | bits.take(1)?;
            if let Some(at) = code.checked_sub(*first).filter(|at| at < count) {
                return self
                    .symbols
                    .get(index + at as usize)
                    .copied()
                    .ok_or(FrameFailure::Codec);
            }
        }
        Err(FrameFailure::Codec)
    }
}

struct Scan<'t> {
    direct: &'t Huffman,
    alternating: &'t Huffman,
    quantization: &'t [u16],
    restart: usize,
    predicted: i32,
    bits: Bits<'t>,
    basis: [[f64; 8]; 8],
}

impl Scan<'_> {
    fn image(&mut self, width: usize, height: usize) -> Result<Vec<u16>, FrameFailure> {
        let mut values = vec![0; width * height];
        let across = width.div_ceil(8);
        for number in 0..across * height.div_ceil(8) {
            if self.restart > 0 && number > 0 && number % self.restart == 0 {
                self.bits.pass_restart()?;
                self.predicted = 0;
            }
            let block = self.block()?;
            let (left, top) = (number % across * 8, number / across * 8);
            for (y, row) in block.chunks_exact(8).enumerate() {
                let start = (top + y) * width + left;
                let room = 8.min(width - left);
                let Some(out) = values.get_mut(start..start + room) else {
                    break;
                };
                for (out, level) in out.iter_mut().zip(row) {
                    *out = sample(*level);
                }
            }
        }
        Ok(values)
    }

    /// T.81 F.2.2: one block, decoded, dequantized and transformed.
    fn block(&mut self) -> Result<Block, FrameFailure> {
        let mut block = [0.0; 64];
        let size = self.direct.read(&mut self.bits)?;
        let difference = self.bits.signed(u32::from(size))?;
        self.predicted = self.predicted.saturating_add(difference);
        self.put(&mut block, 0, self.predicted);
        let mut at = 1;
        while at < 64 {
            let symbol = self.alternating.read(&mut self.bits)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => at += 16,
                (_, 0) => break,
                _ => {
                    at += run;
                    let value = self.bits.signed(size)?;
                    self.put(&mut block, at, value);
                    at += 1;
                }
            }
        }
        Ok(self.inverse(&block))
    }

    fn put(&self, block: &mut Block, at: usize, value: i32) {
        let place = ZIGZAG.get(at).and_then(|place| block.get_mut(*place));
        if let (Some(place), Some(step)) = (place, self.quantization.get(at)) {
            *place = f64::from(value) * f64::from(*step);
        }
    }

    /// T.81 A.3.3, rows and then columns.
    fn inverse(&self, block: &Block) -> Block {
        transposed(&self.lines(&transposed(&self.lines(block))))
    }

    fn lines(&self, block: &Block) -> Block {
        let mut out = [0.0; 64];
        for (line, out) in block.chunks_exact(8).zip(out.chunks_exact_mut(8)) {
            for (wave, basis) in line.iter().zip(&self.basis).filter(|(wave, _)| **wave != 0.0) {
                for (out, level) in out.iter_mut().zip(basis) {
                    *out += wave * level;
                }
            }
        }
        out
    }
}

fn sample(level: f64) -> u16 {
    let (middle, most) = (f64::from(1 << (BITS - 1)), f64::from((1 << BITS) - 1));
    (level + middle).round().clamp(0.0, most) as u16
}

fn transposed(block: &Block) -> Block {
    let mut out = [0.0; 64];
    for (at, out) in out.iter_mut().enumerate() {
        *out = block.get(at % 8 * 8 + at / 8).copied().unwrap_or(0.0);
    }
    out
}

/// The eight cosine waves, sampled at eight places.
fn basis() -> [[f64; 8]; 8] {
    std::array::from_fn(|wave| {
        let scale = if wave == 0 { 0.125f64.sqrt() } else { 0.5 };
        std::array::from_fn(|x| scale * ((2 * x + 1) as f64 * wave as f64 * std::f64::consts::PI / 16.0).cos())
    })
}

/// Bits of a scan; a zero after 0xFF is no data (T.81 F.1.2.3).
struct Bits<'b> {
    data: &'b [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl<'b> Bits<'b> {
    fn new(data: &'b [u8]) -> Bits<'b> {
        Bits {
            data,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    fn take(&mut self, bits: u32) -> Result<u32, FrameFailure> {
        while self.count < bits {
            let byte = *self.data.get(self.at).ok_or(FrameFailure::Truncated)?;
            let stuffed = byte == 0xFF;
            if stuffed && self.data.get(self.at + 1) != Some(&0) {
                return Err(FrameFailure::Truncated);
            }
            self.at += if stuffed { 2 } else { 1 };
            self.held = self.held << 8 | u32::from(byte);
            self.count += 8;
        }
        self.count -= bits;
        Ok(self.held >> self.count & ((1 << bits) - 1))
    }

    /// T.81 F.2.2.1: a value of so many bits, negative where the first is zero.
    fn signed(&mut self, bits: u32) -> Result<i32, FrameFailure> {
        if bits == 0 {
            return Ok(0);
        }
        if bits > BITS + 3 {
            return Err(FrameFailure::Codec);
        }
        let value = self.take(bits)?.cast_signed();
        let negative = value < 1 << (bits - 1);
        Ok(if negative { value + 1 - (1 << bits) } else { value })
    }

    fn pass_restart(&mut self) -> Result<(), FrameFailure> {
        self.count = 0;
        match self.data.get(self.at..self.at + 2) {
            Some([0xFF, 0xD0..=0xD7]) => self.at += 2,
            _ => return Err(FrameFailure::Codec),
        }
        Ok(())
    }
}
