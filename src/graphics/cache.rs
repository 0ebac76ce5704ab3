//! A cache bounded by bytes, which forgets what was used longest ago.

use std::hash::Hash;

use lru::LruCache;

/// Values with a size each; the sum of the sizes stays within a limit.
#[derive(Debug)]
pub struct ByteCache<K: Hash + Eq, V> {
    entries: LruCache<K, (V, usize)>,
    bytes: usize,
    limit: usize,
}

impl<K: Hash + Eq, V> ByteCache<K, V> {
    /// An empty cache for at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { entries: LruCache::unbounded(), bytes: 0, limit }
    }

    /// The value, which counts as used now.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(value, _)| value)
    }

    /// The value, without counting as used.
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.entries.peek(key).map(|(value, _)| value)
    }

    /// Keeps a value of `bytes`; the newest value stays even where it alone is over the limit.
    pub fn put(&mut self, key: K, value: V, bytes: usize) {
        if let Some((_, replaced)) = self.entries.put(key, (value, bytes)) {
            self.bytes -= replaced;
        }
        self.bytes += bytes;
        while self.bytes > self.limit && self.entries.len() > 1 {
            let Some((_, (_, freed))) = self.entries.pop_lru() else { break };
            self.bytes -= freed;
        }
    }

    /// The keys of what is kept, the newest first.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// What is kept; its sizes must stay about as they are.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, (value, _))| value)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_value_goes_first() {
        let mut cache = ByteCache::new(100);
        cache.put('a', 1, 40);
        cache.put('b', 2, 40);
        assert_eq!(cache.get(&'a'), Some(&1));
        cache.put('c', 3, 40);
        assert_eq!(cache.peek(&'b'), None);
        assert_eq!(cache.peek(&'a'), Some(&1));
        assert_eq!(cache.bytes(), 80);
    }

    #[test]
    fn replacing_frees_the_old_bytes_and_one_large_value_is_kept() {
        let mut cache = ByteCache::new(100);
        cache.put('a', 1, 90);
        cache.put('a', 2, 50);
        assert_eq!(cache.bytes(), 50);
        cache.put('b', 3, 1000);
        assert_eq!((cache.peek(&'a'), cache.peek(&'b')), (None, Some(&3)));
        cache.clear();
        assert_eq!((cache.peek(&'b'), cache.bytes()), (None, 0));
    }
}
