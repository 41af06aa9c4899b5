// Shows that something waits; what it is, stands in the chat alone.
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

self.addEventListener("push", event => event.waitUntil(tell()));
self.addEventListener("notificationclick", event => {
  event.notification.close();
  event.waitUntil(open());
});
self.addEventListener("pushsubscriptionchange", event => {
  if (event.oldSubscription) event.waitUntil(renew(event.oldSubscription, event.newSubscription));
});
