//! Sealed values as text and as plain JSON.
