//! What is written is read back; what is torn, damaged or made to do harm is said with its place.

use std::io::Cursor;

use super::*;

const MOST: u64 = 1 << 20;

/// A tape of frames with these contents.
fn tape(frames: &[&[u8]]) -> Vec<u8> {
    let mut file = vec![];
    let mut writer = Writer::begin(&mut file, 1).unwrap();
    for (at, content) in frames.iter().enumerate() {
        writer.add(Timestamp(at as i64), &[content]).unwrap();
        writer.cut().unwrap();
    }
    file
}

fn reader(file: &[u8]) -> Reader<Cursor<Vec<u8>>> {
    Reader::open(Cursor::new(file.to_vec()), 1, MOST).unwrap()
}

/// What is read of it: content and damage of each frame.
fn taken(file: &[u8]) -> Vec<(String, Option<String>)> {
    let mut reader = reader(file);
    let mut all = vec![];
    while let Some(taken) = reader.take().unwrap() {
        all.push((String::from_utf8_lossy(&taken.bytes).into_owned(), taken.damage));
    }
    all
}

#[test]
fn frames_are_read_back_and_any_zstd_reads_them() {
    let file = tape(&[b"one\n", b"", b"three\n"]);
    let read: Vec<String> = taken(&file).into_iter().map(|(text, _)| text).collect();
    assert_eq!(read, ["one\n", "", "three\n"]);
    assert_eq!(zstd::decode_all(&*file).unwrap(), b"one\nthree\n");
    assert_eq!(reader(&file).last_moment().unwrap(), Some(Timestamp(2)));
    assert_eq!(reader(&tape(&[])).last_moment().unwrap(), None);
}

#[test]
fn what_was_flushed_is_there_wherever_the_file_breaks_off() {
    let mut file = vec![];
    let mut writer = Writer::begin(&mut file, 1).unwrap();
    let mut ends = vec![];
    for n in 0..20 {
        let line = format!("line {n} {}\n", "x".repeat(n * 7));
        writer.add(Timestamp(n as i64), &[line.as_bytes()]).unwrap();
        if n == 9 {
            writer.cut().unwrap();
        }
        writer.flush().unwrap();
        ends.push((writer.written() as usize, n + 1));
    }
    drop(writer);
    for cut in 0..=file.len() {
        let Ok(mut reader) = Reader::open(Cursor::new(file[..cut].to_vec()), 1, MOST) else {
            assert!(cut < ends[0].0, "{cut}");
            continue;
        };
        let mut lines = 0;
        while let Some(taken) = reader.take().unwrap() {
            lines += memchr::memchr_iter(b'\n', &taken.bytes).count();
        }
        let flushed = ends.iter().rev().find(|(end, _)| *end <= cut).map_or(0, |(_, n)| *n);
        assert!(lines >= flushed, "{cut}: {lines} of {flushed}");
    }
    let (_, damage) = taken(&file).pop().unwrap();
    assert!(damage.unwrap().contains("breaks off"));
}

#[test]
fn a_damaged_frame_costs_itself_alone() {
    let words: Vec<String> = (0..4000).map(|n| (n * 7919 % 1009).to_string()).collect();
    let long = words.join(" ");
    let file = tape(&[b"one\n", long.as_bytes(), b"three\n"]);
    let second = memchr::memmem::find_iter(&file, &MARK).nth(1).unwrap() - 8;
    let third = memchr::memmem::rfind(&file, &MARK).unwrap() - 8;
    for at in second..third {
        let mut broken = file.clone();
        broken[at] ^= 0x55;
        let read = taken(&broken);
        assert_eq!(read.first().unwrap().0, "one\n", "{at}");
        assert_eq!(read.last().unwrap(), &("three\n".to_owned(), None), "{at}");
        let is_same = read.iter().any(|(text, _)| *text == long);
        let said = read.iter().find_map(|(_, damage)| damage.clone());
        // The number and the moment of a mark say nothing of its content.
        assert!(is_same || said.is_some(), "{at}");
        assert!(read.iter().all(|(text, _)| ["one\n", "three\n", "", &*long].contains(&&**text)));
        if let Some(said) = said {
            assert!(said.contains("bytes are lost"), "{said}");
        }
    }
}

#[test]
fn a_bomb_is_said_and_passed_over() {
    let file = tape(&[b"one\n", &vec![b' '; 2 << 20], b"three\n"]);
    let read = taken(&file);
    assert_eq!(read.iter().map(|(text, _)| &**text).collect::<Vec<_>>(), ["one\n", "", "three\n"]);
    assert!(read[1].1.as_ref().unwrap().contains("expands beyond"));
    // One that wants gigabytes to be remembered.
    let mut wide = tape(&[]);
    let mut mark = tape(&[b"x"]);
    wide.extend(mark.drain(wide.len()..wide.len() + MARK_BYTES));
    wide.extend([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]);
    assert!(taken(&wide)[0].1.is_some());
}

#[test]
fn what_is_no_tape_and_what_is_newer_is_refused() {
    let open =
        |file: &[u8]| Reader::open(Cursor::new(file.to_vec()), 1, MOST).unwrap_err().to_string();
    for other in [&b""[..], b"{}", b"\x28\xb5\x2f\xfd", &tape(&[])[..12]] {
        assert!(open(other).contains("no recording"), "{other:?}");
    }
    let mut newer = vec![];
    Writer::begin(&mut newer, 7).unwrap();
    assert!(open(&newer).contains("version 7"), "{}", open(&newer));
}
