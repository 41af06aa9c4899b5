// What was typed or chosen and is not known to have arrived: kept in this browser until it has.
"use strict";

const waiting = (() => {
  const PLACE = `olievlek-waiting-${document.documentElement.dataset.chat}`;

  function all() {
    try {
      return JSON.parse(localStorage.getItem(PLACE)) ?? [];
    } catch {
      return []; // this browser keeps nothing
    }
  }

  // Returns whether they are kept: a browser may keep nothing, or be full.
  function keep(entries) {
    try {
      if (entries.length) localStorage.setItem(PLACE, JSON.stringify(entries));
      else localStorage.removeItem(PLACE);
      return true;
    } catch {
      return false;
    }
  }

  return {
    add: entry => keep([...all(), entry]),
    remove: token => keep(all().filter(entry => entry.token !== token)),
    clear: () => keep([]),
    // Of this chat in this browser alone: somebody else may have begun one here since.
    of(owner) {
      const own = all().filter(entry => entry.owner === owner);
      keep(own);
      return own;
    },
    get some() { return all().length > 0; },
  };
})();
