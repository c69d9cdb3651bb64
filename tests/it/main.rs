//! One binary for everything that needs more than one module: the real program on a real engine.

mod architecture;
mod licences;
