//! Why there is no frame.

use bodysite_core::{Issue, IssueCode, Reason};

macro_rules! failures {
    ($($name:ident = $word:literal $text:literal),+ $(,)?) => {
        /// Why there is no frame of an instance.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum FrameFailure {
            /// The header could not be read, or is not that of a radiograph.
            #[error("the header is not read: {}", .0.word())]
            Unread(Reason),
            $(#[doc = $text] #[error($text)] $name),+
        }

        impl FrameFailure {
            /// A stable word.
            pub fn word(self) -> &'static str {
                match self {
                    FrameFailure::Unread(reason) => reason.word(),
                    $(FrameFailure::$name => $word),+
                }
            }

            /// The failure with this word.
            pub fn from_word(word: &str) -> Option<FrameFailure> {
                match word {
                    $($word => Some(FrameFailure::$name),)+
                    _ => Reason::from_word(word).map(FrameFailure::Unread),
                }
            }
        }
    };
}

failures! {
    NoPixels = "pixels_absent" "there is no pixel data",
    Truncated = "pixels_cut" "the pixel data ends early",
    BadModule = "pixels_inconsistent" "the attributes of the pixels contradict each other or the pixel data",
    Frames = "frames_unclear" "it is not clear where the frames begin",
    TooLarge = "pixels_too_large" "there are more pixels than are looked at",
    Unsupported = "pixels_unsupported" "the pixels are encoded in a way that is not read",
    Codec = "pixels_corrupt" "the compressed pixels are broken",
    Read = "pixels_unread" "the pixel data could not be read",
    Panicked = "decoder_panicked" "the decoder gave up in disorder",
    Died = "decoder_died" "the decoder's process ended",
    TimedOut = "decoder_timed_out" "the decoder took too long",
    NoWorker = "decoder_unavailable" "no decoder could be started",
}

impl FrameFailure {
    /// The issue that stands for the missing frame.
    pub fn issue(self) -> Issue {
        Issue::at(IssueCode::PixelsUnreadable, "PixelData").detail(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_their_failures() {
        for failure in [
            FrameFailure::Codec,
            FrameFailure::TimedOut,
            FrameFailure::Unread(Reason::NotXray),
        ] {
            assert_eq!(FrameFailure::from_word(failure.word()), Some(failure));
        }
        assert_eq!(FrameFailure::from_word("unheard_of"), None);
    }
}
