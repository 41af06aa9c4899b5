// Shows that something waits, and a page while there is no network. Of a chat it keeps nothing.
"use strict";

const words = {{ words|tojson }};
const isChat = client => new URL(client.url).pathname === words.chat;

async function tell() {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.some(each => isChat(each) && each.visibilityState === "visible")) return;
  await registration.showNotification("Olievlek", {
    body: words.text, tag: "olievlek", lang: words.language,
  });
}

async function open() {
  const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const chat = windows.find(isChat);
  await (chat ? chat.focus() : clients.openWindow(words.chat));
}

async function renew(before, after) {
  const { endpoint, keys } = (after
    ?? await registration.pushManager.subscribe(before.options)).toJSON();
  await fetch(words.push, {
    method: "POST",
    body: new URLSearchParams({ before: before.endpoint, endpoint, ...keys }),
  });
}

// -- without a network

const assets = new Set(words.assets.map(path => new URL(path, location).href));

async function keepPage() {
  await (await caches.open(words.cache)).addAll([words.offline, ...words.assets]);
  await skipWaiting();
}

async function forgetOthers() {
  const names = await caches.keys();
  const old = names.filter(name => name.startsWith(words.caches) && name !== words.cache);
  await Promise.all(old.map(name => caches.delete(name)));
  await clients.claim();
}

self.addEventListener("install", event => event.waitUntil(keepPage()));
self.addEventListener("activate", event => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", event => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(words.offline)));
  } else if (assets.has(request.url)) {
    event.respondWith(caches.match(request).then(kept => kept ?? fetch(request)));
  }
});

// -- being told

self.addEventListener("push", event => event.waitUntil(tell()));
self.addEventListener("notificationclick", event => {
  event.notification.close();
  event.waitUntil(open());
});
self.addEventListener("pushsubscriptionchange", event => {
  if (event.oldSubscription) event.waitUntil(renew(event.oldSubscription, event.newSubscription));
});
