// The page without a network: says whether something waits, and goes on when there is one.
"use strict";

const AGAIN_MS = 3000;

// A browser may say that there is a network before anything gets through.
async function look() {
  try {
    const { chat } = document.documentElement.dataset;
    await fetch(`${chat}/offline`, { method: "HEAD" });
    location.reload();
  } catch { /* not yet */ }
}

document.getElementById("waiting").hidden = !waiting.some;
addEventListener("online", look);
setInterval(look, AGAIN_MS);
