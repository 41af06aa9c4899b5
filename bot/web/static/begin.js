// There is no chat in this browser (any more), so nothing waits for it either.
"use strict";

waiting.clear();
