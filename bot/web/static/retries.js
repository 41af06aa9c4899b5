// How long to wait before something is tried again: longer each time, and from the start once the
// browser says that there is a network, which it may a moment before anything gets through.
"use strict";

const FIRST_MS = 250, MOST_MS = 4000;

// Waits, or ends at once when a network comes; says whether one came.
const wait = milliseconds => new Promise(resolve => {
  const end = event => {
    clearTimeout(timer);
    removeEventListener("online", end);
    resolve(event !== undefined);
  };
  const timer = setTimeout(end, milliseconds);
  addEventListener("online", end);
});

function retries() {
  let next = FIRST_MS;
  return async () => {
    const isOnline = await wait(next);
    next = isOnline ? FIRST_MS : Math.min(2 * next, MOST_MS);
  };
}
