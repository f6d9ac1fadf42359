//! Evidence: which files are taken, told by their content.
//!
//! A name or a label says nothing. What is taken begins like its format, has
//! its format's outline, and ends where its format ends, so that nothing else
//! rides behind it; what could also be read as an archive is refused.
//!
//! **Invariant:** no file is one type here and another to whoever opens it.

/// A type of file that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// ISO 32000.
    Pdf,
    /// PNG, third edition.
    Png,
    /// ISO/IEC 10918-1.
    Jpeg,
}

impl MediaType {
    const ALL: [Self; 3] = [Self::Pdf, Self::Png, Self::Jpeg];

    /// The registered name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The type with that name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "image/jpg" => Some(Self::Jpeg),
            code => Self::ALL.into_iter().find(|kind| kind.code() == code),
        }
    }

    /// How names of such files end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }

    /// What the content is; none for anything that is not taken.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        let kind = Self::ALL.into_iter().find(|kind| match kind {
            Self::Pdf => is_pdf(content),
            Self::Png => is_png(content),
            Self::Jpeg => is_jpeg(content),
        });
        kind.filter(|_| !is_archive(content))
    }
}

/// Begins with its version and ends with its end mark, white space aside.
fn is_pdf(content: &[u8]) -> bool {
    let version = content.strip_prefix(b"%PDF-").unwrap_or_default();
    matches!(version, [b'1' | b'2', b'.', b'0'..=b'9', ..])
        && trimmed(content, |byte| byte.is_ascii_whitespace() || byte == 0).ends_with(b"%%EOF")
}

/// Chunks from `IHDR` to `IEND`, end to end, and nothing behind.
fn is_png(content: &[u8]) -> bool {
    let Some(mut rest) = content.strip_prefix(b"\x89PNG\r\n\x1a\n") else { return false };
    let mut first = true;
    loop {
        let Some((&[a, b, c, d, kind @ ..], behind)) = rest.split_first_chunk::<8>() else { return false };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        if first && (&kind != b"IHDR" || length != 13) {
            return false;
        }
        first = false;
        // Each chunk is followed by a check sum of four bytes.
        let Some(behind) = length.checked_add(4).and_then(|length| behind.get(length..)) else {
            return false;
        };
        if &kind == b"IEND" {
            return length == 0 && behind.is_empty();
        }
        rest = behind;
    }
}

/// Marked segments up to the start of the scan, and the end mark last, zero padding aside.
fn is_jpeg(content: &[u8]) -> bool {
    if !trimmed(content, |byte| byte == 0).ends_with(b"\xff\xd9") {
        return false;
    }
    let Some(mut rest) = content.strip_prefix(b"\xff\xd8") else { return false };
    loop {
        let (marker, behind) = match rest {
            // A marker may be preceded by any number of fill bytes.
            [0xff, 0xff, ..] => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            [0xff, marker @ 0xc0..=0xfe, behind @ ..] => (*marker, behind),
            _ => return false,
        };
        let Some((&[high, low], _)) = behind.split_first_chunk::<2>() else { return false };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(next) = behind.get(length..).filter(|_| length >= 2) else { return false };
        if marker == START_OF_SCAN {
            return true;
        }
        rest = next;
    }
}

const START_OF_SCAN: u8 = 0xda;

/// Whether a zip reader would find its end record: it looks for it from behind, past any comment.
fn is_archive(content: &[u8]) -> bool {
    const RECORD: usize = 22;
    let most = RECORD + usize::from(u16::MAX);
    let tail = content.get(content.len().saturating_sub(most)..).unwrap_or_default();
    tail.windows(RECORD).enumerate().any(|(at, record)| {
        let comment = match record {
            [b'P', b'K', 5, 6, .., low, high] => usize::from(u16::from_le_bytes([*low, *high])),
            _ => return false,
        };
        at + RECORD + comment == tail.len()
    })
}

fn trimmed(content: &[u8], padding: impl Fn(u8) -> bool) -> &[u8] {
    let end = content.iter().rposition(|byte| !padding(*byte)).map_or(0, |last| last + 1);
    content.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\r\n";

    fn png() -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        file.extend(b"\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89");
        file.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
        file
    }

    fn jpeg() -> Vec<u8> {
        let mut file = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
        file.extend(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\x34\xff\xd9");
        file
    }

    fn joined(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn the_three_formats_are_told_by_content() {
        assert_eq!(MediaType::of(PDF), Some(MediaType::Pdf));
        assert_eq!(MediaType::of(&png()), Some(MediaType::Png));
        assert_eq!(MediaType::of(&jpeg()), Some(MediaType::Jpeg));
        assert_eq!(MediaType::of(&joined(&[&jpeg(), &[0; 9]])), Some(MediaType::Jpeg));
    }

    #[test]
    fn anything_else_is_refused() {
        let mut zip_end = b"PK\x05\x06".to_vec();
        zip_end.extend([0; 18]);
        let mut zip_with_comment = b"PK\x05\x06".to_vec();
        zip_with_comment.extend([0; 16]);
        zip_with_comment.extend(6_u16.to_le_bytes());
        zip_with_comment.extend(b"\n%%EOF");
        let mut long_chunk = png();
        long_chunk[8] = 0xff;
        for (what, content) in [
            ("nothing", Vec::new()),
            ("one byte", b"%".to_vec()),
            ("text", b"hello".to_vec()),
            ("HTML", b"<!doctype html><script>1</script>".to_vec()),
            ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
            ("an archive", zip_end.clone()),
            ("a PDF that begins late", joined(&[b"\n", PDF])),
            ("a PDF cut short", PDF[..30].to_vec()),
            ("a PDF and a page", joined(&[PDF, b"<script>1</script>"])),
            ("a PDF and an archive", joined(&[PDF, &zip_end])),
            ("a PDF that ends an archive", joined(&[PDF, &zip_with_comment])),
            ("a PNG and a page", joined(&[&png(), b"<script>1</script>"])),
            ("a PNG cut short", png()[..40].to_vec()),
            ("a PNG with an endless chunk", long_chunk),
            ("only the beginning of a PNG", b"\x89PNG\r\n\x1a\n".to_vec()),
            ("a JPEG and a page", joined(&[&jpeg(), b"<script>1</script>"])),
            ("only the ends of a JPEG", b"\xff\xd8\xff\xd9".to_vec()),
            ("a JPEG with a script for a segment", b"\xff\xd8\xff/*<script>\xff\xd9".to_vec()),
        ] {
            assert_eq!(MediaType::of(&content), None, "{what}");
        }
    }
}
