//! trailtop and AWS as others wrote it: servers that are not ours (moto, s3s-fs) for the program, and a
//! client that is not ours (the aws command line) for the stand-in of the other tests.

mod aws_cli;
mod bridge;
mod digests;
mod moto;
mod s3s;
