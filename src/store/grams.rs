//! What a block of raw records cannot hold, without opening it: the runs of four bytes that occur in
//! it, without ASCII case, as a Bloom filter. A text of which one run is missing is nowhere in it.
//!
//! Some 30 bytes a row. They are made after the rows can be seen, when there is nothing else to do.

/// The length of a run.
const RUN: usize = 4;
/// Bytes of text for each bit. A block repeats itself so much that this fills half of the bits.
const BYTES_A_BIT: usize = 8;

/// The runs of one block.
#[derive(Debug, Clone)]
pub struct Filter {
    bits: Box<[u64]>,
    /// Whether a character is spelled by its number, so that the bytes do not show it.
    pub is_spelled: bool,
    /// Whether there is a percent sign, which may spell characters as well.
    pub has_percent: bool,
}

impl Filter {
    /// The runs of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let words = words(bytes.len());
        let mut bits = vec![0u64; words];
        let mut run = 0u32;
        for (at, byte) in bytes.iter().enumerate() {
            run = run << 8 | u32::from(byte.to_ascii_lowercase());
            if at + 1 >= RUN {
                let (word, bit) = place(run, words);
                bits[word] |= bit;
            }
        }
        Self {
            bits: bits.into(),
            is_spelled: memchr::memmem::find(bytes, b"\\u").is_some(),
            has_percent: memchr::memchr(b'%', bytes).is_some(),
        }
    }

    /// Whether the block may hold these bytes, which are in lower case.
    pub fn may_hold(&self, folded: &[u8]) -> bool {
        folded.windows(RUN).all(|run| {
            let run = run.iter().fold(0u32, |run, byte| run << 8 | u32::from(*byte));
            let (word, bit) = place(run, self.bits.len());
            self.bits[word] & bit != 0
        })
    }

    /// The bytes that a filter of so many bytes of text takes.
    pub fn size(text: usize) -> usize {
        words(text) * 8 + size_of::<Self>()
    }
}

fn words(text: usize) -> usize {
    (text / BYTES_A_BIT / 64).next_power_of_two()
}

/// The word and the bit of a run; `words` is a power of two.
fn place(run: u32, words: usize) -> (usize, u64) {
    let hash = u64::from(run).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    ((hash >> 6) as usize & (words - 1), 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_denied_and_most_of_what_is_not_is() {
        let pairs: Vec<String> =
            (0..3000).map(|n| format!("\"Key{}\":\"AKIA{:x}\",", n % 7, n * 7919)).collect();
        let text = pairs.concat();
        let filter = Filter::of(text.as_bytes());
        let folded = text.to_ascii_lowercase();
        for at in (0..folded.len() - 20).step_by(37) {
            for size in 0..20 {
                assert!(filter.may_hold(&folded.as_bytes()[at..at + size]));
            }
        }
        let absent =
            (0..1000).filter(|n| filter.may_hold(format!("zq{n}xwv-{n}zqj-kwzx").as_bytes()));
        assert!(absent.count() < 50);
        assert!(!filter.is_spelled && !filter.has_percent);
        assert!(Filter::of(b"\\u0041 100%").is_spelled);
        assert!(Filter::of(b"").may_hold(b"abc"), "too short to tell");
    }
}
