// What the theme leaves undone of WCAG 2.2 AA, and makes only after the page is there.
"use strict";

const readable = new CSSStyleSheet();
readable.replaceSync("[role=option] :has(> li) { color: inherit !important; }");

function mend() {
  // A wide table scrolls in a box that the theme puts around it; the keyboard has to reach that box.
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    box.tabIndex = 0;
  }
  // The search has a tree of its own, in which the path above what it found is grey on white.
  for (const { shadowRoot } of document.querySelectorAll("body > *")) {
    if (shadowRoot && !shadowRoot.adoptedStyleSheets.includes(readable)) {
      shadowRoot.adoptedStyleSheets.push(readable);
    }
  }
}

new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
mend();
