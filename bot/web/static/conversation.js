// The conversation, live. Without this file everything works too, with a reload for each message.
"use strict";

const list = document.getElementById("messages");
const form = document.getElementById("say");
const field = document.getElementById("text");
const notice = document.getElementById("notice");
const answering = document.getElementById("answering");
const states = {
  typing: document.querySelector(".chat-typing"),
  offline: document.querySelector(".chat-offline"),
  about: document.querySelector(".chat-about"),
};
const scroll = document.querySelector(".chat-scroll");
const words = document.getElementById("words").dataset;
const { chat, formKey } = document.body.dataset;
const POLL_MS = 5000, ANSWER_MS = 30_000, STALE_MS = 3_600_000;
let after = Number(document.body.dataset.after);
let stream = null, isOver = false; // over: the chat was erased, and nothing more comes

const token = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map(byte => byte.toString(16).padStart(2, "0")).join("");
const page = document.scrollingElement; // scrolls too where the window is low, as at 400 %
function toEnd() {
  scroll.scrollTop = 0; // it is reversed: its end is at 0
  page.scrollTop = page.scrollHeight;
}
const isOpen = () => stream !== null && stream.readyState !== EventSource.CLOSED;
const isLive = () => stream?.readyState === EventSource.OPEN;
const isAtEnd = () => Math.abs(scroll.scrollTop) < 120
  && page.scrollHeight - page.scrollTop - page.clientHeight < 120;

function show(message) {
  after = Math.max(after, message.changed);
  const old = document.getElementById(`m-${message.key}`);
  if (old && Number(old.dataset.changed) === message.changed) return;
  if (old && old.querySelector("details[open]")) return; // it is being changed right now
  const holder = document.createElement("template");
  holder.innerHTML = message.html.trim(); // made by the server's own template, which escapes
  const row = holder.content.firstElementChild;
  if (old) {
    // Its buttons went, or a challenge got its answer: it is not read out again.
    const isKnown = textOf(old) === textOf(row) || old.querySelector("[data-reply]");
    if (isKnown) row.setAttribute("aria-live", "off");
    old.replaceWith(row);
    return;
  }
  const atEnd = isAtEnd();
  if (row.classList.contains("chat-row--own")) list.querySelector(".chat-row--sending")?.remove();
  const days = list.querySelectorAll("[data-day]");
  if (!days.length || days[days.length - 1].dataset.day !== row.dataset.day) {
    const day = document.createElement("li");
    day.className = "chat-day";
    day.append(document.createElement("span"));
    day.firstChild.textContent = row.dataset.day;
    list.append(day);
  }
  const waiting = list.querySelector(".chat-row--sending");
  if (waiting) waiting.before(row); else list.append(row);
  document.querySelector(".chat-empty")?.remove();
  if (atEnd) toEnd();
}

const textOf = row => row.querySelector(".chat-text")?.textContent;

function say(text) {
  notice.textContent = text || "";
}

let isTyping = false;
function showState() {
  const now = !navigator.onLine ? "offline" : isTyping ? "typing" : "about";
  for (const [name, element] of Object.entries(states)) element.hidden = name !== now;
}
addEventListener("online", showState);
addEventListener("offline", showState);

// -- sending

function sending(text) {
  const row = document.createElement("li");
  row.className = "chat-row chat-row--own chat-row--sending";
  row.setAttribute("aria-live", "off"); // it is read out when it has arrived
  const bubble = document.createElement("div");
  bubble.className = "chat-bubble chat-bubble--own";
  const line = document.createElement("p");
  line.className = "chat-text";
  line.textContent = text;
  const state = document.createElement("p");
  state.className = "chat-meta";
  state.textContent = navigator.onLine ? words.sending : words.waiting;
  bubble.append(line, state);
  row.append(bubble);
  list.append(row);
  toEnd();
  return { row, state };
}

async function post(entry, isKept, shown) {
  const again = retries(), body = bodyOf(entry);
  for (;;) { // the same token each time, so it is taken in once
    let state = words.failed, pause = () => wait(MOST_MS);
    try {
      const answer = await fetch(`${chat}/say`, {
        method: "POST", body, headers: { Accept: "application/json" }, redirect: "error",
        signal: entry.file ? null : AbortSignal.timeout(ANSWER_MS), // a file may take its time
      });
      if (answer.status === 401) return location.reload(); // it waits behind the lock
      if (answer.ok || answer.status < 500 && answer.status !== 429) {
        waiting.remove(entry.token);
        if (answer.status === 403) return location.reload();
        say(answer.ok ? (await answer.json()).notice : words.refused);
        if (answer.ok && !isLive()) await poll();
        return shown?.row.remove();
      }
    } catch { // no network, or an answer that was cut off
      state = isKept ? words.waiting : words.unkept;
      pause = again;
    }
    if (shown) shown.state.textContent = state; else say(state);
    await pause();
  }
}

let queue = Promise.resolve(); // one after the other, in the order in which they were said
function inTurn(entry, isKept) {
  const shown = entry.text ? sending(entry.text) : null;
  queue = queue.then(() => post(entry, isKept, shown));
}

function bodyOf({ fields, file }) {
  const body = new FormData();
  for (const [name, value] of [["form_key", formKey], ...fields]) body.append(name, value);
  if (!file) return new URLSearchParams(body);
  const bytes = Uint8Array.from(atob(file.base64), character => character.charCodeAt(0));
  body.append("file", new File([bytes], file.name));
  return body;
}

// Read at once: it may be gone from the device when it goes out.
const readFile = file => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve({
    name: file.name, base64: reader.result.split(",")[1] ?? "", // empty: nothing is in it
  });
  reader.onerror = reject;
  reader.readAsDataURL(file);
});

document.addEventListener("submit", async event => {
  const where = event.target;
  if (!where.matches("[data-post]")) return;
  event.preventDefault();
  const data = new FormData(where, event.submitter), chosen = data.get("file");
  const fields = [...data].filter(([name]) => name !== "form_key" && name !== "file");
  const entry = { owner: formKey, token: data.get("form"), fields, text: "" };
  if (where === form) {
    entry.text = field.value.trim();
    if (!entry.text) return;
    if (entry.text.length > Number(words.mostCharacters)) return say(words.tooLong);
    where.reset();
    stopAnswering();
    grow();
    field.focus();
  }
  const change = where.closest("details");
  if (change) change.open = false;
  where.elements.form.value = token();
  say("");
  if (chosen) {
    if (chosen.size > Number(words.mostBytes)) return say(words.refused);
    where.reset();
    try {
      entry.file = await readFile(chosen);
    } catch {
      return say(words.unreadable);
    }
    entry.text = `📎 ${chosen.name}`;
  }
  inTurn(entry, waiting.add(entry));
});

// -- the field

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto"; // a property of the element: no style in the page is needed
  field.style.height = `${field.scrollHeight + 2}px`;
}

field.addEventListener("input", grow);
field.addEventListener("paste", event => { // of a picture or a file: it is chosen, and shown
  const { files } = event.clipboardData, input = document.getElementById("file");
  if (!files.length || event.clipboardData.getData("text")) return;
  event.preventDefault();
  input.files = files;
  input.closest("details").open = true;
  input.focus();
});
field.addEventListener("keydown", event => {
  const isPhone = matchMedia("(pointer: coarse)").matches;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || isPhone) return;
  event.preventDefault();
  form.requestSubmit();
});

function stopAnswering() {
  answering.hidden = true;
  form.elements.reply_to.value = "";
}

document.addEventListener("click", event => {
  const link = event.target.closest("[data-reply], [data-cancel]");
  if (!link) return;
  event.preventDefault();
  stopAnswering();
  if (link.dataset.reply) {
    form.elements.reply_to.value = link.dataset.reply;
    const text = link.closest(".chat-row").querySelector(".chat-text").textContent;
    answering.querySelector("q").textContent = text.length > 90 ? `${text.slice(0, 90)}…` : text;
    answering.hidden = false;
  }
  field.focus();
});

document.addEventListener("keydown", event => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details[open]").forEach(details => {
    details.open = false;
    details.querySelector("summary").focus();
  });
});

// -- what comes in

function farewell(text) {
  isOver = true;
  stream?.close();
  if (!text) return location.reload();
  waiting.clear();
  list.replaceChildren();
  document.querySelector(".chat-footer").remove();
  const last = document.createElement("p");
  last.className = "chat-card";
  last.textContent = text;
  document.querySelector(".chat-log").append(last);
}

async function poll() {
  if (isOver) return;
  const answer = await fetch(`${chat}/news?after=${after}`, {
    headers: { Accept: "application/json" },
  });
  if (answer.status === 401) return location.reload();
  if (answer.ok) (await answer.json()).messages.forEach(show);
}

async function pollOn() {
  while (!isOpen() && !isOver) {
    try {
      if (!document.hidden) await poll();
    } catch { /* no network; it is tried again */ }
    await wait(POLL_MS);
  }
}

const acts = {
  message: show,
  removed: ({ key }) => document.getElementById(`m-${key}`)?.remove(),
  settled: ({ key }) => {
    document.getElementById(`m-${key}`)?.querySelector(".chat-buttons")?.remove();
  },
  typing: ({ on }) => { isTyping = on; showState(); },
  language: () => location.reload(), // the words around the conversation too
  farewell: ({ text }) => farewell(text),
};

// -- without a network, and being told while this page is closed

async function work() {
  if (!("serviceWorker" in navigator)) return;
  const url = `${chat}/worker.js?language=${document.documentElement.lang}`;
  try {
    await navigator.serviceWorker.register(url, { scope: chat });
    await keepTold();
  } catch { /* this browser wants none */ }
}

const push = document.getElementById("push");
const DECLINED = "olievlek-push-declined";

async function subscription() {
  const { pushManager } = await navigator.serviceWorker.ready;
  return [pushManager, await pushManager.getSubscription()];
}

const inText = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function subscribe() {
  let [manager, found] = await subscription();
  if (found && inText(found.options.applicationServerKey) !== push.dataset.key) {
    await found.unsubscribe(); // of a key that was replaced
    found = null;
  }
  found ??= await manager.subscribe({
    userVisibleOnly: true, applicationServerKey: push.dataset.key,
  });
  const { endpoint, keys } = found.toJSON();
  const body = new URLSearchParams({ form_key: push.dataset.formKey, endpoint, ...keys });
  const answer = await fetch(`${chat}/push`, { method: "POST", body });
  if (!answer.ok) throw new Error("refused");
}

function offer() {
  const card = push.content.firstElementChild.cloneNode(true);
  document.querySelector(".chat-footer").prepend(card);
  card.addEventListener("click", async event => {
    const choice = event.target.closest("[data-push]")?.dataset.push;
    if (!choice) return;
    card.remove();
    field.focus();
    try {
      localStorage.setItem(DECLINED, "1"); // not asked again by itself, whatever comes of it
    } catch { /* this browser keeps nothing; it is asked at each visit */ }
    if (choice === "no") return;
    try {
      const allowed = await Notification.requestPermission() === "granted";
      if (allowed) await subscribe();
      say(allowed ? push.dataset.done : push.dataset.refused);
    } catch {
      say(push.dataset.refused);
    }
  });
}

function wasDeclined() {
  try {
    return localStorage.getItem(DECLINED) !== null;
  } catch {
    return false;
  }
}

async function keepTold() {
  if (!push || !("PushManager" in window)) return;
  const { state } = push.dataset, { permission } = Notification;
  try {
    if (state === "on" && permission === "granted") await subscribe();
    else if (state === "asked") offer();
    else if (state === "offered" && permission !== "denied" && !wasDeclined()) offer();
  } catch { /* it is tried again at the next visit */ }
}

// Only while somebody looks: a browser has few connections, and each costs the server memory.
function follow() {
  if ("older" in document.body.dataset || document.hidden || isOver || isOpen()) return;
  stream = new EventSource(`${chat}/stream?after=${after}`);
  for (const [name, act] of Object.entries(acts)) {
    stream.addEventListener(name, event => { if (event.data) act(JSON.parse(event.data)); });
  }
  stream.addEventListener("error", () => {
    if (!isOpen()) pollOn(); // there are too many streams
  });
}

let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenAt = Date.now();
    stream?.close();
    return;
  }
  const isBusy = field.value || list.querySelector(".chat-row--sending, details[open]");
  // What went meanwhile is not told later, so after a long time the page opens again.
  if (Date.now() - hiddenAt > STALE_MS && !isBusy) location.reload(); else follow();
});
// The cookie was kept, so a reload much later need not ask whether it was.
if (location.search.startsWith("?begun")) history.replaceState(null, "", chat);
history.scrollRestoration = "manual"; // a reload begins at the end too
follow();
grow();
toEnd();
showState();
waiting.of(formKey).forEach(entry => inTurn(entry, true)); // of an earlier visit
work();
