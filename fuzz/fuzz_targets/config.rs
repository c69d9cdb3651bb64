//! Arbitrary text as a configuration.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    wharf_fuzz::configuration("main.hcl", text);
});
