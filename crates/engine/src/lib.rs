//! Layerlab's engine: it reads a Dockerfile and a build context, simulates the build and
//! says what the image would hold and weigh.
//!
//! The engine is pure: no I/O, no clock, no randomness, no threads. The same input gives
//! the same output in a browser, on the command line and in a test.

pub mod dockerfile;
