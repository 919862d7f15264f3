// Reading files that the user chose or dropped: small ones and archives by content, the
// rest by size.
const ARCHIVE = /\.(tar|tgz|tar\.(gz|bz2|xz)|zip)$/i;
const MOST_FILES = 100_001;

async function read(path, file, maxHeld, maxArchive) {
  const limit = ARCHIVE.test(path) ? maxArchive : maxHeld;
  const bytes = file.size <= limit ? new Uint8Array(await file.arrayBuffer()) : null;
  return { path, size: file.size, bytes };
}

/** The files of a file input. */
export async function readFileList(files, maxHeld, maxArchive) {
  const found = Array.from(files).slice(0, MOST_FILES);
  const paths = found.map((file) => file.webkitRelativePath || file.name);
  // The name of the chosen folder itself is not part of the paths in the context.
  const folders = paths.every((path) => path.includes('/')) && new Set(paths.map((path) => path.split('/')[0])).size === 1;
  return Promise.all(found.map((file, index) => read(folders ? paths[index].slice(paths[index].indexOf('/') + 1) : paths[index], file, maxHeld, maxArchive)));
}

function entriesOf(directory) {
  const reader = directory.createReader();
  const found = [];
  return new Promise((resolve, reject) => {
    // A reader gives its entries in portions and ends with an empty one.
    const next = () => reader.readEntries((entries) => {
      if (entries.length === 0) return resolve(found);
      found.push(...entries);
      return next();
    }, reject);
    next();
  });
}

async function walk(entry, prefix, found) {
  if (found.length >= MOST_FILES) return;
  const path = prefix ? `${prefix}/${entry.name}` : entry.name;
  if (entry.isDirectory) {
    for (const child of await entriesOf(entry)) await walk(child, path, found);
  } else {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push([path, file]);
  }
}

/** The files and folders of a drop; a single dropped folder gives its content. */
export async function readDropped(data, maxHeld, maxArchive) {
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  if (entries.length === 1 && entries[0].isDirectory) {
    for (const child of await entriesOf(entries[0])) await walk(child, '', found);
  } else {
    for (const entry of entries) await walk(entry, '', found);
  }
  return Promise.all(found.map(([path, file]) => read(path, file, maxHeld, maxArchive)));
}
