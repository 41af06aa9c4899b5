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
const POLL_MS = 5000, ANSWER_MS = 30_000;
let after = Number(document.body.dataset.after);
let stream = null;

const token = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map(byte => byte.toString(16).padStart(2, "0")).join("");
const toEnd = () => { scroll.scrollTop = 0; }; // it is reversed: its end is at 0
const isOpen = () => stream !== null && stream.readyState !== EventSource.CLOSED;
const isLive = () => stream?.readyState === EventSource.OPEN;
const isAtEnd = () => Math.abs(scroll.scrollTop) < 120;

function show(message) {
  after = Math.max(after, message.changed);
  const old = document.getElementById(`m-${message.key}`);
  if (old && Number(old.dataset.changed) === message.changed) return;
  if (old && old.querySelector("details[open]")) return; // it is being changed right now
  const holder = document.createElement("template");
  holder.innerHTML = message.html.trim(); // made by the server's own template, which escapes
  const row = holder.content.firstElementChild;
  if (old) {
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

async function post(body, shown) {
  const again = retries();
  const isFile = body instanceof FormData; // which may take its time
  for (;;) { // the same token each time, so it is taken in once
    let state = words.failed, pause = () => wait(MOST_MS);
    try {
      const answer = await fetch(`${chat}/say`, {
        method: "POST", body, headers: { Accept: "application/json" }, redirect: "error",
        signal: isFile ? null : AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.status === 401) return location.reload(); // it waits behind the lock
      if (answer.ok || answer.status < 500 && answer.status !== 429) {
        waiting.remove(body.get("form"));
        if (answer.status === 403) return location.reload();
        say(answer.ok ? (await answer.json()).notice : words.refused);
        if (answer.ok && !isLive()) await poll();
        return shown?.row.remove();
      }
    } catch { // no network, or an answer that was cut off
      state = words.waiting;
      pause = again;
    }
    if (shown) shown.state.textContent = state; else say(state);
    await pause();
  }
}

let queue = Promise.resolve(); // one after the other, in the order in which they were said
const inTurn = (body, shown) => { queue = queue.then(() => post(body, shown)); };

// A file is too large to keep: that waits for as long as the page is open.
function keep(body, text) {
  const fields = [...body].filter(([name]) => name !== "form_key");
  waiting.add({ owner: formKey, token: body.get("form"), fields, text });
}

function goOn() {
  for (const { fields, text } of waiting.of(formKey)) {
    const body = new URLSearchParams([["form_key", formKey], ...fields]);
    inTurn(body, text ? sending(text) : null);
  }
}

document.addEventListener("submit", event => {
  const where = event.target;
  if (!where.matches("[data-post]")) return;
  event.preventDefault();
  const data = new FormData(where, event.submitter);
  const hasFile = where.enctype === "multipart/form-data";
  const body = hasFile ? data : new URLSearchParams(data);
  let shown = null, text = "";
  if (where === form) {
    text = field.value.trim();
    if (!text) return;
    shown = sending(text);
    where.reset();
    stopAnswering();
    grow();
    field.focus();
  }
  const change = where.closest("details");
  if (change) change.open = false;
  where.elements.form.value = token();
  say("");
  if (!hasFile) keep(body, text);
  inTurn(body, shown);
});

// -- the field

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto"; // a property of the element: no style in the page is needed
  field.style.height = `${field.scrollHeight + 2}px`;
}

field.addEventListener("input", grow);
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
  const answer = await fetch(`${chat}/news?after=${after}`, {
    headers: { Accept: "application/json" },
  });
  if (answer.status === 401) return location.reload();
  if (answer.ok) (await answer.json()).messages.forEach(show);
}

async function pollOn() {
  while (!isOpen()) {
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
    localStorage.setItem(DECLINED, "1"); // not asked again by itself, whatever comes of it
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

async function keepTold() {
  if (!push || !("PushManager" in window)) return;
  const { state } = push.dataset, { permission } = Notification;
  try {
    if (state === "on" && permission === "granted") await subscribe();
    else if (state === "asked") offer();
    else if (state === "offered" && permission !== "denied" && !localStorage.getItem(DECLINED)) offer();
  } catch { /* it is tried again at the next visit */ }
}

// Only while somebody looks: a browser has few connections, and each costs the server memory.
function follow() {
  if ("older" in document.body.dataset || document.hidden || isOpen()) return;
  stream = new EventSource(`${chat}/stream?after=${after}`);
  for (const [name, act] of Object.entries(acts)) {
    stream.addEventListener(name, event => { if (event.data) act(JSON.parse(event.data)); });
  }
  stream.addEventListener("error", () => {
    if (!isOpen()) pollOn(); // there are too many streams
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) stream?.close(); else follow();
});
follow();
grow();
toEnd();
showState();
goOn();
work();
