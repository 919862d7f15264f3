// Keeps the page for when there is no network: what has been loaded once is answered from here
// then. With a network the network answers, so that nothing is ever stale.
const CACHE = 'layerlab';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** Whether a request is for a file of the page's own. */
function isOwn(request) {
  const url = new URL(request.url);
  const home = new URL('./', self.location);
  return request.method === 'GET' && url.origin === home.origin && url.pathname.startsWith(home.pathname)
    && !url.pathname.startsWith(`${home.pathname}api/`);
}

/** The address that an answer is kept under: what is behind the `?` changes no file. */
function name(address) {
  const url = new URL(address);
  return url.origin + url.pathname.replace(/index\.html$/, '');
}

async function keep(address, response) {
  if (!response.ok || response.type !== 'basic') return;
  const cache = await caches.open(CACHE);
  await cache.put(name(address), response);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (!isOwn(request)) return;
  event.respondWith((async () => {
    try {
      const response = await fetch(request);
      event.waitUntil(keep(request.url, response.clone()).catch(() => null));
      return response;
    } catch (error) {
      const kept = await caches.match(name(request.url));
      if (kept) return kept;
      throw error;
    }
  })());
});

// What the page had loaded before this worker was there.
self.addEventListener('message', (event) => {
  if (!Array.isArray(event.data?.keep)) return;
  const own = event.data.keep.map((address) => new Request(address)).filter(isOwn);
  event.waitUntil(Promise.all(own.map(async (request) => {
    if (await caches.match(name(request.url))) return;
    await keep(request.url, await fetch(request));
  })).catch(() => null));
});
