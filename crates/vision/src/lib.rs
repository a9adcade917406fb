//! The image model: frame preparation, network, strict weights, calibration, abstention.
