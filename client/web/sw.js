// Keeps one sealed release so that the page opens without a network. A release is installed whole or not at all, is never
// mixed with another, and gives way to the next only when the person says so.
const PREFIX = 'sealpost-';
const CACHE = `${PREFIX}__RELEASE__`;
const FILES = new Map(__FILES__);

async function keep(cache, path, integrity) {
  const response = await fetch(path, { cache: 'no-store', integrity });
  if (!response.ok) throw new TypeError(`${path}: ${response.status}`);
  await cache.put(path, response);
}

async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all([...FILES].map(([path, integrity]) => keep(cache, path, integrity)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function forgetOthers() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function answer(path, request) {
  // By name, and not by opening: that would make the cache anew after everything was erased.
  return (await caches.match(path, { cacheName: CACHE })) ?? fetch(request);
}

addEventListener('install', (event) => event.waitUntil(install()));
// The page that was open before the first release was kept is served from it too: it may lose the network without a reload.
addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => clients.claim())));
addEventListener('message', ({ data }) => {
  if (data === 'activate') skipWaiting();
});
async function show() {
  const [page] = await clients.matchAll({ type: 'window' });
  return page ? page.focus() : clients.openWindow('/#/cases');
}

// Background Sync, where a browser has it: there is a network again. Only a page sends, because whoever closed the page may have meant
// that nothing leaves from here: open pages are woken, and with none open the person is told, if they allow that, and decides.
const WAITING = 'Something you wrote waits to be sent. Open the page, and it goes.';
async function wake() {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) page.postMessage('woken');
  if (pages.length > 0 || globalThis.Notification?.permission !== 'granted') return;
  await registration.showNotification(WAITING, { tag: 'waiting' });
}

addEventListener('sync', (event) => {
  if (event.tag === 'waiting') event.waitUntil(wake());
});

addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show());
});
addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  const path = url.pathname === '/index.html' ? '/' : url.pathname;
  // Everything that is not a file of this release (/v1, /.well-known and the rest) is none of our business.
  if (FILES.has(path)) event.respondWith(answer(path, request));
});
