//! Unpacks a stream whatever it is packed as: gzip of any number of members, zstd of any number of
//! frames, or nothing. Goes by the first bytes, never by names or headers of a transport.
//!
//! Everything that was unpacked before a damage is handed over before the damage is reported.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::{Decompress, FlushDecompress, Status};

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// Bytes read from below at a time.
const INPUT: usize = 64 << 10;

/// A reader of unpacked bytes.
pub enum Inflate<R: Read> {
    /// Not packed.
    Plain(Sniffed<R>),
    /// gzip.
    Gzip(Gzip<BufReader<Sniffed<R>>>),
    /// zstd.
    Zstd(zstd::stream::read::Decoder<'static, BufReader<Sniffed<R>>>),
}

/// A stream put together again after its first bytes were looked at.
type Sniffed<R> = Chain<Cursor<Vec<u8>>, R>;

impl<R: Read> Inflate<R> {
    /// Looks at the first bytes of a stream; no more of them than are needed to tell, so that a
    /// slow stream is not waited for.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut start = Vec::new();
        let may_be =
            |start: &[u8], magic: &[u8]| start.len() < magic.len() && magic.starts_with(start);
        while may_be(&start, GZIP) || may_be(&start, ZSTD) {
            let mut byte = [0];
            match reader.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => start.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (gzip, zstd) = (start.starts_with(GZIP), start.starts_with(ZSTD));
        let whole = Cursor::new(start).chain(reader);
        Ok(if gzip {
            Self::Gzip(Gzip::new(BufReader::with_capacity(INPUT, whole)))
        } else if zstd {
            let input = BufReader::with_capacity(INPUT, whole);
            Self::Zstd(zstd::stream::read::Decoder::with_buffer(input)?)
        } else {
            Self::Plain(whole)
        })
    }

    /// Whether the stream is packed at all.
    pub fn is_packed(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.read(into),
            Self::Gzip(gzip) => gzip.read(into),
            Self::Zstd(zstd) => zstd.read(into).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => cut_off("zstd"),
                _ => error,
            }),
        }
    }
}

fn cut_off(format: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("the {format} stream is cut off"))
}

/// gzip members one after another, zeros between and after them tolerated.
pub struct Gzip<B> {
    input: B,
    state: Decompress,
    /// A member ended, and nothing of another was seen yet.
    between: bool,
    /// The damage that came together with good bytes.
    damage: Option<io::Error>,
}

impl<B: BufRead> Gzip<B> {
    fn new(input: B) -> Self {
        Self { input, state: Decompress::new_gzip(15), between: false, damage: None }
    }

    /// Steps over padding to the next member; says whether there is one.
    fn next_member(&mut self) -> io::Result<bool> {
        loop {
            let ahead = self.input.fill_buf()?;
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            match ahead.get(zeros) {
                Some(byte) if *byte == GZIP[0] => {
                    self.input.consume(zeros);
                    self.state.reset(true);
                    self.between = false;
                    return Ok(true);
                }
                Some(_) => {
                    let why = "something that is no gzip follows the gzip stream";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                None if zeros == 0 => return Ok(false),
                None => self.input.consume(zeros),
            }
        }
    }
}

impl<B: BufRead> Read for Gzip<B> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(damage) = self.damage.take() {
            return Err(damage);
        }
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            if self.between && !self.next_member()? {
                return Ok(0);
            }
            let ahead = self.input.fill_buf()?;
            let (is_end, before) =
                (ahead.is_empty(), (self.state.total_in(), self.state.total_out()));
            let status = self.state.decompress(ahead, into, FlushDecompress::None);
            let used = (self.state.total_in() - before.0) as usize;
            let made = (self.state.total_out() - before.1) as usize;
            self.input.consume(used);
            let damage = match status {
                Ok(Status::StreamEnd) => {
                    self.between = true;
                    None
                }
                Ok(_) if is_end && made == 0 => Some(cut_off("gzip")),
                Ok(_) if used == 0 && made == 0 => Some(corrupt()),
                Ok(_) => None,
                Err(_) => Some(corrupt()),
            };
            match (made, damage) {
                (0, Some(damage)) => return Err(damage),
                (0, None) => {}
                (_, damage) => {
                    self.damage = damage;
                    return Ok(made);
                }
            }
        }
    }
}

fn corrupt() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the gzip stream is corrupt")
}
