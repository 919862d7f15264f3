// Projects as zip files; loaded when it is first needed. What comes from outside is
// bounded here and checked again by the page.
import { unzipSync, zipSync } from 'fflate';

const MOST_FILES = 100_000;
const MAX_HELD = 1 << 20;
const MAX_TOTAL = 64 << 20;
const UNIX = 3;

/** Permissions by name, from the archive's directory (APPNOTE.TXT, 4.3.12). */
function modes(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map();
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  let at = end >= 0 ? view.getUint32(end + 16, true) : bytes.length;
  while (at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50) {
    const length = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length));
    const mode = view.getUint32(at + 38, true) >>> 16;
    if (view.getUint8(at + 5) === UNIX && mode) found.set(name, mode & 0o7777);
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return found;
}

/** The files of a zip: [{path, size, bytes, mode}]; large ones without their bytes. */
export function read(bytes) {
  const large = [];
  let count = 0;
  let total = 0;
  const contents = unzipSync(bytes, {
    filter({ name, originalSize }) {
      count += 1;
      if (count > MOST_FILES) throw new Error(`it holds more than ${MOST_FILES} files`);
      if (name.endsWith('/')) return false;
      if (originalSize > MAX_HELD) {
        large.push({ path: name, size: originalSize, bytes: null });
        return false;
      }
      total += originalSize;
      if (total > MAX_TOTAL) throw new Error('its files unpack to more than 64 MiB');
      return true;
    },
  });
  const known = modes(bytes);
  return Object.entries(contents)
    .map(([path, content]) => ({ path, size: content.length, bytes: content, mode: known.get(path) }))
    .concat(large);
}

/** A zip of [{path, bytes, mode}]. */
export function write(files) {
  const contents = Object.create(null);
  for (const { path, bytes, mode } of files) contents[path] = [bytes, { os: UNIX, attrs: (0o100000 | mode) << 16 }];
  return zipSync(contents, { level: 6 });
}
