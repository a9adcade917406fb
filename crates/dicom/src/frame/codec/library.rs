//! Decoding by dicom-pixeldata: one frame, as the pixel data of an object that has nothing else.
//!
//! Only raw values are taken. Its adapters size their buffers by the attributes given here and panic or go on where a
//! codestream says otherwise, so that each codec first reads from the codestream what that is, and says it. They refuse
//! frames of 16 MiB and more that are compressed to less than a 64th (RLE: a 32nd), as radiographs hardly are.

use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileDicomObject, FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;

use super::Context;
use crate::frame::FrameFailure;

/// What a codestream holds.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    /// Samples of a pixel, which come out pixel after pixel.
    pub samples: u16,
    /// Bits of a sample's container: 8 or 16.
    pub allocated: u16,
}

/// Decodes one frame; its size is the header's.
pub(crate) fn decode(
    frame: Vec<u8>,
    transfer_syntax: &str,
    context: Context<'_>,
    form: Form,
) -> Result<Vec<u16>, FrameFailure> {
    let object = object(frame, transfer_syntax, context, form)?;
    let decoded = object.decode_pixel_data_frame(0).map_err(|_| FrameFailure::Codec)?;
    let values = values(decoded.data(), form);
    match values.len() == context.pixels() * usize::from(form.samples) {
        true => Ok(values),
        false => Err(FrameFailure::Codec),
    }
}

fn values(data: &[u8], form: Form) -> Vec<u16> {
    match form.allocated {
        8 => data.iter().map(|value| u16::from(*value)).collect(),
        _ => {
            let (words, _) = data.as_chunks::<2>();
            words.iter().map(|word| u16::from_ne_bytes(*word)).collect()
        }
    }
}

/// An object of the attributes that the decoders ask for.
fn object(
    frame: Vec<u8>,
    transfer_syntax: &str,
    context: Context<'_>,
    form: Form,
) -> Result<FileDicomObject<InMemDicomObject>, FrameFailure> {
    let side = |side: usize| u16::try_from(side).map_err(|_| FrameFailure::TooLarge);
    let shorts = [
        (tags::SAMPLES_PER_PIXEL, form.samples),
        (tags::ROWS, side(context.height)?),
        (tags::COLUMNS, side(context.width)?),
        (tags::BITS_ALLOCATED, form.allocated),
        (tags::BITS_STORED, form.allocated),
        (tags::HIGH_BIT, form.allocated - 1),
        (tags::PIXEL_REPRESENTATION, 0),
    ];
    let mut object = InMemDicomObject::from_element_iter(
        shorts.map(|(tag, value)| DataElement::new(tag, VR::US, PrimitiveValue::from(value))),
    );
    let interpretation = context.image.photometric_interpretation.as_str();
    object.put(DataElement::new(
        tags::PHOTOMETRIC_INTERPRETATION,
        VR::CS,
        interpretation,
    ));
    let fragments = PixelFragmentSequence::new_fragments(vec![frame]);
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, fragments));
    let meta = FileMetaTableBuilder::new()
        .media_storage_sop_class_uid("")
        .media_storage_sop_instance_uid("")
        .transfer_syntax(transfer_syntax)
        .build();
    Ok(object.with_exact_meta(meta.map_err(|_| FrameFailure::Unsupported)?))
}
