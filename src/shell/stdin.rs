//! Whether something is piped into the program, so that `-` need not be typed.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;

/// Whether standard input is a pipe, a socket or a file: neither a terminal nor a device like
/// `/dev/null`.
pub fn is_fed() -> bool {
    let handle = io::stdin().as_fd().try_clone_to_owned().map(File::from);
    handle.and_then(|file| file.metadata()).is_ok_and(|meta| {
        let kind = meta.file_type();
        kind.is_fifo() || kind.is_file() || kind.is_socket()
    })
}
