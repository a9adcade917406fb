//! Synthetic radiographs and synthetic studies with known truth.
