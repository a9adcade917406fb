//! What the end-to-end tests share: where the program and the data are.
