// The story of the chat in Firefox: from an invitation to a kept reflection, the lock, and offline.
// node story.mjs FIREFOX ADDRESS CODE SCREENSHOT; says in JSON what it saw, or fails.
import puppeteer from "puppeteer-core";

const [executablePath, address, code, screenshot] = process.argv.slice(2);
const WORDS = "De bakker wist meer dan wij.", PIN = "2580";

const browser = await puppeteer.launch({
  browser: "firefox", executablePath, headless: true,
  extraPrefsFirefox: {
    "intl.accept_languages": "nl-NL,nl",
    "network.dns.disabled": true, // nothing but this machine
    "app.normandy.enabled": false,
  },
});
const page = await browser.newPage();
await page.setViewport({ width: 360, height: 640 });
page.setDefaultTimeout(15_000);
const errors = [];
page.on("pageerror", error => errors.push(String(error)));

const button = async name => {
  const found = await page.waitForSelector(`::-p-xpath((//button[contains(., "${name}")])[last()])`);
  await found.click();
};
const sees = words => page.waitForFunction(
  wanted => document.querySelector("main").textContent.includes(wanted), {}, words,
);
const says = async text => {
  await page.type("#text", text);
  await page.click(".chat-send");
};

try {
  await page.goto(`${address}/chat/${code}`);
  await button("Begin");
  await sees("Je hoort nu bij Griffie");
  await button("Nederlands");
  await button("Elke werkdag om 9:00");
  await button("Nu meteen een uitdaging");
  await sees("Lef:");
  await button("Gedaan");
  await sees("gedaan is gedaan");
  await says(WORDS);
  await sees("Je reeks: 1 ronde.");
  await page.screenshot({ path: screenshot });
  await page.reload();
  await sees(WORDS);
  const own = await page.$$eval(".chat-row--own .chat-text", rows => rows.map(row => row.textContent));

  await page.goto(`${address}/chat/browsers`);
  await page.click("details summary");
  await page.type("#pin", PIN);
  await page.type("#again", PIN);
  await button("Zet het slot erop");
  await button("Nu op slot");
  await sees("Dit gesprek zit op slot");
  const title = await page.title();
  await page.type("#pin", PIN);
  await button("Open het gesprek");
  await sees(WORDS);
  console.log(JSON.stringify({ own, title, errors, version: await browser.version() }));
} catch (error) {
  const shown = await page.evaluate(() => document.body.innerText);
  throw new Error(`${page.url()}\n${shown}\n${errors.join("\n")}`, { cause: error });
} finally {
  await browser.close();
}
