//! Why a system call fails.

use std::fmt;

/// An error of the kernel, in the words of `strerror`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    /// ENOENT
    NoEntry,
    /// EEXIST
    Exists,
    /// ENOTDIR
    NotDirectory,
    /// EISDIR
    IsDirectory,
    /// EACCES
    Access,
    /// EPERM
    NotPermitted,
    /// ENOTEMPTY
    NotEmpty,
    /// EINVAL
    Invalid,
    /// ELOOP
    Loop,
    /// EROFS
    ReadOnly,
    /// ENAMETOOLONG
    NameTooLong,
    /// EBUSY
    Busy,
    /// EXDEV
    CrossDevice,
    /// Whether the file is there at all is not known.
    Unknown,
}

impl fmt::Display for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoEntry => "No such file or directory",
            Self::Exists => "File exists",
            Self::NotDirectory => "Not a directory",
            Self::IsDirectory => "Is a directory",
            Self::Access => "Permission denied",
            Self::NotPermitted => "Operation not permitted",
            Self::NotEmpty => "Directory not empty",
            Self::Invalid => "Invalid argument",
            Self::Loop => "Too many levels of symbolic links",
            Self::ReadOnly => "Read-only file system",
            Self::NameTooLong => "File name too long",
            Self::Busy => "Device or resource busy",
            Self::CrossDevice => "Invalid cross-device link",
            Self::Unknown => "not listed in the catalog",
        })
    }
}
