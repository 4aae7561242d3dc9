// Looks at a page as people do: at two sizes, in both themes, by keyboard, through axe-core, on paper.
// Usage: node look.mjs PAGE FOLDER CHROMIUM TOOLS. Prints what it saw as JSON; the pictures go to FOLDER.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [page, folder, executablePath, tools] = process.argv.slice(2);
const require = createRequire(join(tools, "package.json"));
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ["light", "dark"];
// nothing of the browser's own goes to the network
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
  "--disable-background-networking", "--disable-component-update"];

const browser = await chromium.launch({ executablePath, args });
const seen = { errors: [], requests: [], axe: {}, overflow: {} };

async function opened(options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.on("console", (message) => { if (message.type() === "error") seen.errors.push(message.text()); });
  tab.on("pageerror", (error) => seen.errors.push(String(error)));
  tab.on("request", (request) => { if (!request.url().startsWith("file:")) seen.requests.push(request.url()); });
  await tab.goto(pathToFileURL(page).href);
  return tab;
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of THEMES) {
    const name = `${size}-${colorScheme}`;
    const tab = await opened({ viewport, colorScheme });
    await tab.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    seen.overflow[name] = await tab.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await tab.context().close();
    // axe-core brings a script of its own, which the page's content policy rightly keeps out
    const judged = await opened({ viewport, colorScheme, bypassCSP: true, reducedMotion: "reduce" });
    await judged.evaluate(() => { for (const details of document.querySelectorAll("details")) details.open = true; });
    await judged.evaluate(axe);
    const { violations } = await judged.evaluate(() => globalThis.axe.run());
    seen.axe[name] = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.slice(0, 3).map((node) => node.html) }));
    await judged.context().close();
  }
}

const tab = await opened({ viewport: SIZES.desk, colorScheme: "light", reducedMotion: "reduce" });
// a pointer over a node shows its paths, for as long as it is there
const node = tab.locator(".node.secret").first();
await node.hover();
seen.hovered = await tab.locator(".line.lit").count();
await tab.mouse.move(0, 0);
seen.left = await tab.locator(".line.lit").count() === 0;
// by keyboard alone: the node is chosen, and let go
await node.focus();
seen.lit = await tab.locator(".line.lit").count();
await tab.keyboard.press("Enter");
seen.chosen = await tab.locator("[data-chosen] li").first().innerText();
seen.statements = await tab.locator(".statement.lit").count();
await tab.screenshot({ path: join(folder, "chosen.png") });
await tab.keyboard.press("Escape");
seen.letGo = await tab.locator(".line.lit").count() === 0;
// the reason leads to its statement, inside a policy that was closed
await tab.locator(".why a").first().click();
seen.statement = await tab.locator(".statement:target").isVisible();
seen.statementText = await tab.locator(".statement:target").innerText();
await tab.screenshot({ path: join(folder, "statement.png") });
// what it costs leads to the bill, line by line
await tab.locator(".facts a").last().click();
seen.bill = await tab.locator(".bill").last().innerText();
await tab.screenshot({ path: join(folder, "bill.png") });
const ground = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
const before = await ground();
await tab.locator("[data-theme-toggle]").click();
await tab.locator("[data-theme-toggle]").click();
seen.toggled = before !== await ground();
await tab.emulateMedia({ media: "print" });
await tab.pdf({ path: join(folder, "print.pdf"), format: "A4" });
await browser.close();
console.log(JSON.stringify(seen));
