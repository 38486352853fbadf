//! One file of an object's bytes: a whole object, or one part of it.

use super::{
    at_rest::{Key, Layers, SEGMENT},
    digest::{Digests, Sums},
};
use crate::{
    encoding::{hex, random},
    files::create_private,
};
use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// Bytes moved at a time, by files and by bodies.
pub const BUFFER: usize = 256 * 1024;

/// What a record says of a piece.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PieceInfo {
    /// Random; the file's name, and bound to its bytes by encryption.
    pub id: String,
    /// Plaintext bytes.
    pub size: u64,
}

/// The file itself. It goes away with its last user unless a record names it, so that an upload that breaks off
/// leaves nothing, and a download of an object that is replaced meanwhile runs to its end.
#[derive(Debug)]
pub struct Piece {
    /// What the record says.
    pub info: PieceInfo,
    path: PathBuf,
    kept: AtomicBool,
}

impl Piece {
    /// A piece that a record names.
    pub fn recorded(folder: &Path, info: PieceInfo) -> Self {
        Self {
            path: folder.join(&info.id),
            info,
            kept: AtomicBool::new(true),
        }
    }

    /// A record names it now, or no longer.
    pub fn keep(&self, kept: bool) {
        self.kept.store(kept, Ordering::Relaxed);
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn id_bytes(&self) -> [u8; 16] {
        u128::from_str_radix(&self.info.id, 16)
            .unwrap_or_default()
            .to_be_bytes()
    }

    /// Reads plaintext bytes `range`, giving each buffer to `sink` until that says no.
    pub fn read(&self, keys: &[Key], range: Range<u64>, sink: &mut dyn FnMut(Bytes) -> bool) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        if keys.is_empty() {
            return read_plain(&mut file, range, sink);
        }
        let layers = Layers::new(keys, self.id_bytes());
        let last = self.info.size.saturating_sub(1) / SEGMENT;
        let mut index = range.start / SEGMENT;
        file.seek(SeekFrom::Start(index * layers.segment_at_rest()))?;
        let overhead = layers.segment_at_rest() - SEGMENT;
        let mut out = BytesMut::with_capacity(BUFFER);
        let mut segment = Vec::new();
        while index * SEGMENT < range.end || (index == 0 && self.info.size == 0) {
            let start = index * SEGMENT;
            let size = SEGMENT.min(self.info.size - start);
            segment.resize((size + overhead) as usize, 0);
            file.read_exact(&mut segment)?;
            layers.open(index, index == last, &mut segment).map_err(|_| broken())?;
            let from = range.start.saturating_sub(start).min(size);
            let to = (range.end - start).min(size);
            out.extend_from_slice(&segment[from as usize..to as usize]);
            index += 1;
            if out.len() >= BUFFER && !sink(out.split().freeze()) {
                return Ok(false);
            }
        }
        Ok(out.is_empty() || sink(out.freeze()))
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if !*self.kept.get_mut() {
            // Nothing to be done about a failure: the sweep at the next start takes what is left.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn broken() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "stored bytes do not open: changed on disk, or another key",
    )
}

fn read_plain(file: &mut File, range: Range<u64>, sink: &mut dyn FnMut(Bytes) -> bool) -> io::Result<bool> {
    file.seek(SeekFrom::Start(range.start))?;
    let mut left = range.end - range.start;
    while left > 0 {
        let mut out = BytesMut::zeroed(left.min(BUFFER as u64) as usize);
        file.read_exact(&mut out)?;
        left -= out.len() as u64;
        if !sink(out.freeze()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes a new piece: hashes, seals, and lets nothing be seen before `finish`.
pub struct PieceWriter {
    piece: Piece,
    file: BufWriter<File>,
    layers: Option<Layers>,
    segment: Vec<u8>,
    index: u64,
    digests: Digests,
}

/// A piece whose bytes are on the disk, and what they hash to.
pub struct Written {
    /// The piece, which nobody has recorded yet.
    pub piece: Piece,
    /// MD5 of the plaintext.
    pub md5: [u8; 16],
    /// The checksums that were asked for, and CRC64NVME.
    pub sums: Sums,
}

impl PieceWriter {
    /// Starts a piece in `folder`.
    pub fn new(folder: &Path, keys: &[Key], digests: Digests) -> io::Result<Self> {
        let info = PieceInfo {
            id: hex(&random::<16>()?),
            size: 0,
        };
        let piece = Piece::recorded(folder, info);
        piece.keep(false);
        let file = BufWriter::with_capacity(BUFFER, create_private(&piece.path)?);
        let layers = (!keys.is_empty()).then(|| Layers::new(keys, piece.id_bytes()));
        Ok(Self {
            piece,
            file,
            layers,
            segment: Vec::new(),
            index: 0,
            digests,
        })
    }

    /// Takes the next bytes.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.digests.update(bytes);
        self.piece.info.size += bytes.len() as u64;
        if self.layers.is_none() {
            return self.file.write_all(bytes);
        }
        while !bytes.is_empty() {
            // A full segment is held back until it is known not to be the last.
            if self.segment.len() as u64 == SEGMENT {
                self.seal(false)?;
            }
            let room = (SEGMENT as usize - self.segment.len()).min(bytes.len());
            self.segment.extend_from_slice(&bytes[..room]);
            bytes = &bytes[room..];
        }
        Ok(())
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        if let Some(layers) = &self.layers {
            layers.seal(self.index, last, &mut self.segment).map_err(|_| broken())?;
            self.file.write_all(&self.segment)?;
            self.segment.clear();
            self.index += 1;
        }
        Ok(())
    }

    /// The bytes are all there, and on the disk.
    pub fn finish(mut self) -> io::Result<Written> {
        self.seal(true)?;
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        let (md5, sums) = self.digests.finish();
        Ok(Written {
            piece: self.piece,
            md5,
            sums,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use zeroize::Zeroizing;

    fn read(piece: &Piece, keys: &[Key], range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        piece.read(keys, range, &mut |bytes| {
            out.extend_from_slice(&bytes);
            true
        })?;
        Ok(out)
    }

    fn write(keys: &[Key], bytes: &[u8]) -> Piece {
        let folder = std::env::temp_dir();
        let mut writer = PieceWriter::new(&folder, keys, Digests::new([])).unwrap();
        bytes.chunks(10_007).for_each(|chunk| writer.write(chunk).unwrap());
        writer.finish().unwrap().piece
    }

    #[test]
    fn every_range_reads_back_with_no_one_and_two_layers() {
        let key = |n| Zeroizing::new([n; 32]);
        for keys in [vec![], vec![key(1)], vec![key(1), key(2)]] {
            for size in [0u64, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 5 * SEGMENT + 3] {
                let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
                let piece = write(&keys, &bytes);
                for (from, to) in [(0, size), (size / 2, size), (0, size / 2), (size.min(SEGMENT), size)] {
                    assert_eq!(
                        read(&piece, &keys, from..to).unwrap(),
                        &bytes[from as usize..to as usize]
                    );
                }
            }
        }
    }

    #[test]
    fn a_file_cut_at_a_segment_or_with_segments_swapped_does_not_open() {
        let keys = vec![Zeroizing::new([1; 32])];
        let size = 3 * SEGMENT;
        let sealed = (SEGMENT + 16) as usize;

        let mut cut = write(&keys, &vec![5; size as usize]);
        File::options()
            .write(true)
            .open(&cut.path)
            .unwrap()
            .set_len(2 * sealed as u64)
            .unwrap();
        assert!(read(&cut, &keys, 0..size).is_err());
        cut.info.size = 2 * SEGMENT;
        assert!(
            read(&cut, &keys, 0..cut.info.size).is_err(),
            "even if the record says so"
        );

        let swapped = write(&keys, &vec![5; size as usize]);
        let mut bytes = fs::read(&swapped.path).unwrap();
        let (first, rest) = bytes.split_at_mut(sealed);
        first.swap_with_slice(&mut rest[..sealed]);
        fs::write(&swapped.path, &bytes).unwrap();
        assert!(read(&swapped, &keys, 0..size).is_err());
    }

    #[test]
    fn what_is_not_recorded_goes_away() {
        let piece = write(&[], b"bytes");
        let path = piece.path.clone();
        assert!(path.exists());
        drop(piece);
        assert!(!path.exists());
    }
}
