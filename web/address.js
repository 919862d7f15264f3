// Text from an address that the user gives, bounded; loaded when it is first needed.

const MAX_BYTES = 16 << 20;
const MAX_SECONDS = 30;

/** The text at an address of this site or of another one that lets pages read it. */
export async function text(address) {
  const url = new URL(address, document.baseURI);
  const response = await fetch(url, {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(MAX_SECONDS * 1000),
  }).catch((error) => {
    if (error.name === 'TimeoutError') throw new Error(`no answer within ${MAX_SECONDS} seconds`);
    throw new Error('the site does not answer, or does not let other pages read it (it has to send Access-Control-Allow-Origin, and be on https). Download the file and add it from there');
  });
  if (!response.ok) throw new Error(`the site answers with status ${response.status}`);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts = [];
  let bytes = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return parts.join('') + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      throw new Error(`it is longer than ${MAX_BYTES >> 20} MiB`);
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
}
