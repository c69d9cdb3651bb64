//! Arbitrary text as an address: what is one is written back so that it reads as the same address.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharf::address::Address;

fuzz_target!(|text: &str| {
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse(), Ok(address));
    }
});
