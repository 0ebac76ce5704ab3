//! A hash that is the same in every version and on every machine.

/// FNV-1a over all parts, stirred at the end so that the low bits are fit for choosing a fifth.
pub(crate) fn stable_hash(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().copied().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_is_about_a_fifth() {
        let ids = (0..10_000).map(|id: u32| id.to_string());
        let fifth = ids.filter(|id| stable_hash(&[id.as_bytes()]).is_multiple_of(5)).count();
        assert!((1_900..2_100).contains(&fifth), "{fifth}");
        assert_ne!(stable_hash(&[b"ab"]), stable_hash(&[b"ba"]));
    }
}
