//! Codecs: from the bytes of one frame to stored values, one module a family (PS3.5 chapter 8 and Annex A).
//!
//! What dicom-pixeldata decodes within bounds, it decodes (`library`): RLE, JPEG of 8 bits and lossless, JPEG 2000,
//! HTJ2K, JPEG XL. Decoded here is the rest: native frames, in fragments or not, of which it would make a copy, and
//! none where colour is subsampled; deflated frames, which it would inflate to any size; JPEG-LS, for which it needs a
//! library in C++; JPEG of 12 bits, which it lacks.

mod jpeg;
mod jpeg_12;
mod jpeg_2000;
mod jpeg_ls;
mod jpeg_xl;
mod library;
mod native;
mod rle;

use dicom_dictionary_std::uids;

pub(crate) use native::{Unpacker, frame_bytes as native_frame_bytes};

use super::FrameFailure;
use super::limits::FrameLimits;
use crate::element::Syntax;
use crate::image_module::ImageModule;

/// Values of one frame as a codec gives them.
pub(crate) struct Samples {
    pub width: usize,
    pub height: usize,
    /// One, or three for colour.
    pub channels: usize,
    /// Channel after channel, in place of pixel after pixel.
    pub planar: bool,
    pub values: Vec<u16>,
    pub codec: Codec,
}

/// What a codec says about its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Bit patterns, to be read as the header says.
    Patterns,
    /// Numbers of this many bits, with a sign or without, whatever the header says.
    Numbers { bits: u32, signed: bool },
    /// Colour turned to red, green and blue already, of this many bits.
    Colour { bits: u32 },
}

/// What a codec needs to know beside the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub image: &'c ImageModule,
    pub limits: &'c FrameLimits,
    pub syntax: Syntax,
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    /// Whether values of less than the full size will do; not where single values have a meaning.
    pub may_reduce: bool,
}

impl Context<'_> {
    pub fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// Bytes of one value: 1 or 2.
    pub fn value_bytes(&self) -> Result<usize, FrameFailure> {
        match self.image.bits_allocated {
            Some(8) => Ok(1),
            Some(16) => Ok(2),
            Some(_) => Err(FrameFailure::Unsupported),
            None => Err(FrameFailure::BadModule),
        }
    }

    /// Refuses a codestream of another size than the header's before anything is allocated for it.
    fn same_size(&self, width: usize, height: usize) -> Result<(), FrameFailure> {
        match (width, height) == (self.width, self.height) {
            true => Ok(()),
            false => Err(FrameFailure::BadModule),
        }
    }
}

/// Decodes one frame of encapsulated pixel data.
pub(crate) fn decode(bytes: Vec<u8>, transfer_syntax: &str, context: Context<'_>) -> Result<Samples, FrameFailure> {
    match transfer_syntax {
        uids::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN => native::decode(&bytes, context),
        uids::DEFLATED_IMAGE_FRAME_COMPRESSION => native::decode_deflated(&bytes, context),
        uids::RLE_LOSSLESS => rle::decode(&bytes, transfer_syntax, context),
        uids::JPEGLS_LOSSLESS | uids::JPEGLS_NEAR_LOSSLESS => {
            let samples = jpeg_ls::decode(&bytes, context.limits.pixels)?;
            context.same_size(samples.width, samples.height)?;
            Ok(samples)
        }
        uids::JPEG_BASELINE8_BIT | uids::JPEG_EXTENDED12_BIT | uids::JPEG_LOSSLESS | uids::JPEG_LOSSLESS_SV1 => {
            jpeg::decode(bytes, transfer_syntax, context)
        }
        RETIRED_SPECTRAL_SELECTION | RETIRED_FULL_PROGRESSION => {
            jpeg::decode(bytes, uids::JPEG_EXTENDED12_BIT, context)
        }
        uids::JPEG2000_LOSSLESS
        | uids::JPEG2000
        | uids::JPEG2000MC_LOSSLESS
        | uids::JPEG2000MC
        | uids::HTJ2K_LOSSLESS
        | uids::HTJ2K_LOSSLESS_RPCL
        | uids::HTJ2K => jpeg_2000::decode(bytes, transfer_syntax, context),
        uids::JPEGXL_LOSSLESS | uids::JPEGXLJPEG_RECOMPRESSION | uids::JPEGXL => {
            jpeg_xl::decode(bytes, transfer_syntax, context)
        }
        _ => Err(FrameFailure::Unsupported),
    }
}

/// Progressive JPEG, which to a decoder differs from the extended one by its marker only.
const RETIRED_SPECTRAL_SELECTION: &str = "1.2.840.10008.1.2.4.53";
const RETIRED_FULL_PROGRESSION: &str = "1.2.840.10008.1.2.4.55";

/// Reads the markers and segments that the JPEG family shares (ITU-T T.81 B.1.1).
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader { bytes, at: 0 }
    }

    /// The code of the next marker, fill bytes passed over.
    pub fn marker(&mut self) -> Option<u8> {
        if self.bytes.get(self.at) != Some(&0xFF) {
            return None;
        }
        while self.bytes.get(self.at) == Some(&0xFF) {
            self.at += 1;
        }
        let code = self.bytes.get(self.at).copied();
        self.at += 1;
        code
    }

    /// The parameters of a marker segment, without its length.
    pub fn segment(&mut self) -> Option<&'b [u8]> {
        let length = usize::from(u16::from_be_bytes(*self.rest().first_chunk::<2>()?));
        let segment = self.rest().get(2..length)?;
        self.at += length;
        Some(segment)
    }

    pub fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }
}
