// The page without a network: says whether something waits, and goes on when there is one.
"use strict";

async function isReached() {
  const { chat } = document.documentElement.dataset;
  try {
    await fetch(`${chat}/offline`, { method: "HEAD", signal: AbortSignal.timeout(MOST_MS) });
    return true;
  } catch {
    return false;
  }
}

async function goOn() {
  const again = retries();
  do await again(); while (!await isReached());
  location.reload();
}

document.getElementById("waiting").hidden = !waiting.some;
goOn();
