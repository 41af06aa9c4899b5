// Shuts the lock when nobody did anything for a while. The server shuts it too; this empties the page.
"use strict";

(() => {
  const { chat, formKey, locksAfter } = document.body.dataset;
  const milliseconds = Number(locksAfter) * 1000;
  const tellEvery = Math.min(milliseconds / 4, 30_000);
  const CLOCK_MS = 5_000; // a clock that is put right goes back by less
  let used = Date.now(), told = used, isShut = false;

  const post = (path, what) => fetch(`${chat}/${path}`, {
    method: "POST", body: new URLSearchParams({ form_key: formKey, what }), keepalive: true,
    headers: { Accept: "application/json" }, redirect: "manual",
  });

  function shut() {
    if (isShut) return;
    isShut = true;
    document.body.replaceChildren();
    document.title = "Olievlek";
    post("lock", "now").catch(() => {}).finally(() => location.replace(chat));
  }

  function look() {
    const passed = Date.now() - used; // less than nothing: the clock was put back
    if (passed >= milliseconds || passed < -CLOCK_MS) shut();
  }

  function use() {
    look();
    if (isShut) return;
    used = Date.now();
    if (used - told < tellEvery) return;
    told = used;
    post("used", "").catch(() => {}); // without a network the server shuts it earlier
  }

  for (const name of ["pointerdown", "pointermove", "keydown", "scroll", "touchmove"]) {
    document.addEventListener(name, use, { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  setInterval(look, 1000);
})();
