//! Sizes as coreutils read and print them.

/// Bytes from `10`, `4K`, `1M`, `2GB`, `3KiB`, `1b` (coreutils' `xstrtol`).
pub(super) fn parse(text: &str) -> Option<u64> {
    let end = text
        .find(|ch: char| !ch.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = if end == 0 {
        1
    } else {
        text[..end].parse().ok()?
    };
    let suffix = &text[end..];
    if end == 0 && suffix.is_empty() {
        return None;
    }
    let scale: u64 = match suffix {
        "" | "c" => 1,
        "w" => 2,
        "b" => 512,
        "k" | "K" | "KiB" => 1 << 10,
        "m" | "M" | "MiB" => 1 << 20,
        "g" | "G" | "GiB" => 1 << 30,
        "t" | "T" | "TiB" => 1 << 40,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.checked_mul(scale)
}

/// `1.2K`, `340M`: powers of 1024, rounded up (`ls -h`, `du -h`).
pub(super) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["", "K", "M", "G", "T", "P"];
    let mut unit = 0;
    let mut scale = 1_u64;
    while bytes / scale >= 1024 && unit + 1 < UNITS.len() {
        scale *= 1024;
        unit += 1;
    }
    if unit == 0 {
        return bytes.to_string();
    }
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(scale));
    if tenths < 100 {
        return format!("{}.{}{}", tenths / 10, tenths % 10, UNITS[unit]);
    }
    let whole = bytes.div_ceil(scale);
    if whole == 1024 && unit + 1 < UNITS.len() {
        return format!("1.0{}", UNITS[unit + 1]);
    }
    format!("{whole}{}", UNITS[unit])
}

/// Bytes that a file takes up on disk, in blocks of 4 KiB.
pub(super) fn on_disk(bytes: u64) -> u64 {
    bytes.div_ceil(4096) * 4096
}
