//! Arbitrary text as an expression.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    wharf_fuzz::expression(text);
});
