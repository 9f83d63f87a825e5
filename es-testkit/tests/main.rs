<<<<<<< HEAD
//! The public behaviour of es-testkit.
mod account;
mod failures;
=======
//! The tests of the testkit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

>>>>>>> 8cabcac (Test the SQLite store on bad files, full disks, several processes and kill -9)
mod memory;
mod scenarios;
mod settings;
mod tour;
