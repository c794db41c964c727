//! The program against s3s-fs, an S3 of somebody else over a folder: what it reads of the bucket is what
//! it reads of the folder.

use std::process::{Child, Command, Stdio};

use trailtop::event::time::{Millis, Timestamp};

use crate::aws::store::{EU, INSIGHT, ORGANIZATION, Store};
use crate::peers::bridge::{alone, s3s_fs};
use crate::run::{Bench, DEADLINE, lines_of, ran, shared_data};

/// A server over a folder, ended with this.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(test: &str, folder: &str) -> Option<Self> {
        let mut child = Command::new(s3s_fs(test)?)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .args(["--access-key", "AKIAEXAMPLE", "--secret-key", "secret", folder])
            .env("RUST_LOG", "info")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = lines_of(child.stdout.take().unwrap());
        let mut server = Self { child, url: String::new() };
        while server.url.is_empty() {
            let line = said.recv_timeout(DEADLINE).expect("the address of s3s-fs");
            let at = line.split_whitespace().find(|word| word.starts_with("http://"));
            at.unwrap_or_default().clone_into(&mut server.url);
        }
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_bucket_over_a_folder_is_the_folder() {
    let bench = Bench::new();
    let root = bench.path("buckets").to_str().unwrap().to_owned();
    let start = Timestamp::parse("2023-07-10T10:00:00Z").unwrap();
    let mut store = Store::new();
    // More than one page holds.
    for minute in 0..1100 {
        store.put(EU, start + Millis::minutes(minute / 5), start);
    }
    store.steady(INSIGHT, start, 12);
    store.steady(&format!("corp/{ORGANIZATION}"), start, 12);
    for (key, object) in &store.objects {
        bench.file(&format!("buckets/trail/{key}"), &object.body);
    }
    if let Some(data) = shared_data() {
        let from = data.join("s3/invictus");
        for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
            if entry.file_type().is_file() {
                let key = entry.path().strip_prefix(&from).unwrap().to_str().unwrap().to_owned();
                bench.file(&format!("buckets/trail/{key}"), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let test = "a_bucket_over_a_folder_is_the_folder";
    let Some(server) = Server::start(test, &root) else { return };
    let query = |what: &str| {
        let args = ["query", "", what, "--since", "2023-01-01", "-o", "ndjson", "--stats"];
        let run = ran(alone(&mut bench.command(&args), &server.url, &bench.path("home")));
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        run
    };
    for (bucket, folder, events) in [
        ("s3://trail", "buckets/trail/AWSLogs", 2 * 1112),
        ("s3://trail/corp", "buckets/trail/corp", 24),
    ] {
        let (bucket, folder) = (query(bucket), query(folder));
        assert!(bucket.lines().len() >= events, "{}", bucket.err);
        assert!(bucket.out == folder.out, "{}\n{}", bucket.err, folder.err);
        for key in ["objects", "bytes", "records", "kept", "duplicates", "skipped"] {
            assert_eq!(bucket.stats()[key], folder.stats()[key], "{key}");
        }
    }
}
