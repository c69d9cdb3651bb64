//! Arbitrary text as a configuration in JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    wharf_fuzz::configuration("main.hcl.json", text);
});
