// Talks to a companion (docs/api.md): builds on a real engine.

const KEPT = 'layerlab.companion';
const BLOCK = 512;
const MAX_ZEROS = 256 << 20;

/** Where the companion is and the token: what was kept last, or where the page comes from. */
export function remembered() {
  const usual = location.protocol.startsWith('http') ? location.origin : 'http://127.0.0.1:8080';
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
    return { address: String(kept.address ?? usual), token: String(kept.token ?? '') };
  } catch {
    return { address: usual, token: '' };
  }
}

/** Keeps both for this origin; a browser that keeps nothing asks again. */
export function remember(address, token) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ address, token }));
  } catch { /* Storage is denied. */ }
}

/** The message of a refused request. */
async function refusal(response) {
  const answer = await response.json().catch(() => null);
  return new Error(answer?.error?.message ?? `the companion answers ${response.status}`);
}

export class Companion {
  constructor(address, token) {
    this.address = address.replace(/\/+$/, '');
    this.token = token;
  }

  async request(path, options = {}) {
    let response;
    try {
      response = await fetch(`${this.address}/api/v1/${path}`, {
        ...options,
        headers: { authorization: `Bearer ${this.token}`, ...options.headers },
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Error(`no companion answers at ${this.address}; start one there with: layerlab serve`);
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }

  async version() {
    return (await this.request('version')).json();
  }

  /** Starts a build; gives back its summary. */
  async start(spec, archive) {
    const query = new URLSearchParams(spec);
    const headers = { 'content-type': 'application/x-tar' };
    return (await this.request(`builds?${query}`, { method: 'POST', headers, body: archive })).json();
  }

  async cancel(id) {
    const headers = { 'content-type': 'application/json' };
    await this.request(`builds/${id}/cancel`, { method: 'POST', headers, body: '{}' });
  }

  /** The image of a build as text, for the engine to read. */
  async image(id) {
    return (await this.request(`builds/${id}/image`)).text();
  }

  /** Calls `say` for each event of a build; goes on where the connection is lost. */
  async follow(id, say) {
    let last = -1;
    let ended = false;
    for (let tries = 0; !ended && tries < 5; tries++) {
      try {
        const headers = last < 0 ? {} : { 'last-event-id': String(last) };
        const response = await this.request(`builds/${id}/events`, { headers });
        for await (const { id: number, event } of events(response)) {
          tries = 0;
          last = number;
          ended = event.type === 'finished';
          say(event);
        }
        if (ended) return;
      } catch (error) {
        if (tries === 4) throw error;
      }
      await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
    }
    throw new Error('the companion has gone away');
  }

  /** Starts the image of a build; calls `say` for each event. */
  async run(id, spec, say, signal) {
    const headers = { 'content-type': 'application/json' };
    const options = { method: 'POST', headers, body: JSON.stringify(spec), signal };
    const response = await this.request(`builds/${id}/run`, options);
    for await (const { event } of events(response)) say(event);
  }
}

/** The server-sent events of a response. */
async function* events(response) {
  let rest = '';
  for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    rest += chunk;
    let end;
    while ((end = rest.indexOf('\n\n')) >= 0) {
      const frame = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const field = (name) => frame.split('\n').find((line) => line.startsWith(name))?.slice(name.length);
      const data = field('data: ');
      if (data) yield { id: Number(field('id: ') ?? -1), event: JSON.parse(data) };
    }
  }
}

/** The chunks of a stream; not every browser's streams can be iterated. */
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}

/** A project's context as a tar archive; files of which only the size is known are zeros. */
export function archive(project) {
  const parts = [];
  let unknown = 0;
  for (const file of project.files) {
    const mode = file.mode ?? (file.data === 'directory' ? 0o755 : 0o644);
    if (file.data === 'directory') {
      parts.push(...entry(`${file.path}/`, '5', mode, 0, ''));
    } else if ('link' in file.data) {
      parts.push(...entry(file.path, '2', 0o777, 0, file.data.link));
    } else {
      let content;
      if ('size' in file.data) {
        if (file.data.size > MAX_ZEROS) {
          throw new Error(`${file.path} is known by its size only, and too large to be sent as zeros`);
        }
        content = new Uint8Array(file.data.size);
        unknown += 1;
      } else if ('text' in file.data) {
        content = new TextEncoder().encode(file.data.text);
      } else {
        content = Uint8Array.from(atob(file.data.bytes), (letter) => letter.charCodeAt(0));
      }
      parts.push(...entry(file.path, '0', mode, content.length, ''), content);
      const over = content.length % BLOCK;
      if (over) parts.push(new Uint8Array(BLOCK - over));
    }
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return { blob: new Blob(parts), unknown };
}

/** The blocks before an entry's content (POSIX ustar; GNU's for long names). */
function* entry(path, kind, mode, size, link) {
  const encode = (text) => new TextEncoder().encode(text);
  for (const [text, type] of [[path, 'L'], [link, 'K']]) {
    const bytes = encode(text);
    if (bytes.length > 100) {
      yield header('././@LongLink', type, 0o644, bytes.length + 1, '');
      const block = new Uint8Array(Math.ceil((bytes.length + 1) / BLOCK) * BLOCK);
      block.set(bytes);
      yield block;
    }
  }
  yield header(path, kind, mode, size, link);
}

function header(path, kind, mode, size, link) {
  const block = new Uint8Array(BLOCK);
  const put = (text, at, most) => block.set(new TextEncoder().encode(text).subarray(0, most), at);
  const number = (value, at, digits) => put(value.toString(8).padStart(digits, '0'), at, digits);
  put(path, 0, 100);
  number(mode, 100, 7);
  number(0, 108, 7);
  number(0, 116, 7);
  number(size, 124, 11);
  number(0, 136, 11);
  put('        ', 148, 8);
  put(kind, 156, 1);
  put(link, 157, 100);
  put('ustar  ', 257, 8);
  number(block.reduce((sum, byte) => sum + byte, 0), 148, 6);
  block[154] = 0;
  block[155] = 32;
  return block;
}
