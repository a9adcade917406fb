//! Mapping sets and the methods that turn header text into coded assertions.
