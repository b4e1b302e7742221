//! Padding: lengths are rounded up, so that the size of a letter says little about what is inside.

/// The smallest bucket: most short replies and reports share it.
const FLOOR: u64 = 2048;

/// The length to pad `length` bytes to. **Rule:** Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
/// Communication with PURBs", section 4): a length keeps as many significant bits as its exponent has bits.
/// At most 12 % is added, and above the floor of 2 KiB at most 7 %.
pub(crate) fn bucket(length: usize) -> usize {
    let padded = bucket_above(length as u64, FLOOR);
    usize::try_from(padded).expect("a letter is far smaller than memory")
}

/// Like [`bucket`], with a floor of its own.
pub(crate) fn bucket_above(length: u64, floor: u64) -> u64 {
    let length = length.max(floor);
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_buckets_are_frozen() {
        for (length, padded) in
            [(0, 2048), (2048, 2048), (2049, 2176), (4097, 4352), (100_000, 100_352), (1 << 20, 1 << 20)]
        {
            assert_eq!(bucket(length), padded, "{length}");
        }
    }

    #[test]
    fn every_length_up_to_a_letter_falls_into_few_buckets() {
        let buckets: std::collections::BTreeSet<usize> = (0..=900 * 1024).map(bucket).collect();
        // The relay learns one of these: log2 of that many, under eight bits, of the twenty that a length has.
        assert_eq!(buckets.len(), 202);
        for length in 2_048..=900 * 1024 {
            assert!((bucket(length) - length) * 100 <= 7 * length, "{length}");
        }
    }

    proptest! {
        #[test]
        fn little_is_added_and_nothing_cut(length in 2048_usize..2_000_000) {
            let padded = bucket(length);
            prop_assert!(padded >= length);
            prop_assert!((padded - length) * 100 <= length * 12);
        }

        #[test]
        fn a_bucket_is_its_own_bucket_and_order_is_kept(a in 0_usize..2_000_000, b in 0_usize..2_000_000) {
            prop_assert_eq!(bucket(bucket(a)), bucket(a));
            prop_assert!(a > b || bucket(a) <= bucket(b));
        }
    }
}
