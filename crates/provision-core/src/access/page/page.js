"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  // theme: the system's until somebody chooses
  const toggle = document.querySelector("[data-theme-toggle]");
  const name = document.querySelector("[data-theme-name]");
  const themes = [["", "as the system"], ["light", "light"], ["dark", "dark"]];
  let theme = 0;
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    theme = (theme + 1) % themes.length;
    const [value, words] = themes[theme];
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
    name.textContent = words;
  });

  // ages are said from today's point of view; the dates stand in the page
  for (const time of all("time[datetime]")) {
    const days = Math.floor((Date.now() - Date.parse(time.dateTime)) / 86400000);
    if (days >= 0) time.after(` (${days === 1 ? "1 day" : `${days} days`} ago)`);
  }

  // a statement that is linked to is inside a policy that may be closed
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView({ block: "nearest" });
  };
  addEventListener("hashchange", open);
  open();

  // what is closed is not printed
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  for (const map of all("[data-map]")) {
    const nodes = all("[data-node]", map);
    const lines = all(".line", map);
    const chosen = map.querySelector("[data-chosen]");
    const nothing = chosen.innerHTML;
    const statements = all(".statement", map.closest("section"));
    let pinned = null;

    const rowsOf = (id) => all("tr[data-role]", map.closest("section")).filter(
      (row) => row.dataset.role === id || row.closest("[data-entry]").dataset.entry === id);

    const light = (node) => {
      map.classList.toggle("choosing", node !== null);
      const id = node && node.dataset.node;
      const near = new Set([id]);
      for (const line of lines) {
        const { from, to } = line.dataset;
        const on = node !== null && (from === id || to === id);
        line.classList.toggle("lit", on);
        if (on) near.add(from).add(to);
      }
      for (const other of nodes) other.classList.toggle("lit", node !== null && near.has(other.dataset.node));
    };

    const tell = (node) => {
      for (const statement of statements) statement.classList.remove("lit");
      if (!node) { chosen.innerHTML = nothing; return; }
      const rows = rowsOf(node.dataset.node);
      const title = document.createElement("p");
      const strong = document.createElement("strong");
      strong.textContent = node.querySelector(".name").textContent;
      const link = document.createElement("a");
      link.href = node.getAttribute("href");
      link.textContent = "all of it";
      title.append(strong, rows.length ? " " : ": nothing is open here ", link);
      const list = document.createElement("ul");
      for (const row of rows) {
        const [verb, who, why] = row.cells;
        const item = document.createElement("li");
        const what = row.closest("[data-entry]").querySelector("h4").textContent;
        const word = verb.firstElementChild.cloneNode(true);
        item.append(who.firstElementChild.textContent, " may ", word, ` ${what} by `);
        for (const reason of why.children) {
          item.append(reason.cloneNode(true), " ");
          const statement = document.getElementById(reason.getAttribute("href").slice(1));
          if (statement) statement.classList.add("lit");
        }
        list.append(item);
      }
      chosen.replaceChildren(title, list);
    };

    const choose = (node) => {
      pinned = node;
      for (const other of nodes) {
        if (other === node) other.setAttribute("aria-current", "true");
        else other.removeAttribute("aria-current");
      }
      light(node);
      tell(node);
    };

    for (const node of nodes) {
      node.addEventListener("mouseenter", () => { if (!pinned) light(node); });
      node.addEventListener("mouseleave", () => { if (!pinned) light(null); });
      node.addEventListener("focus", () => { if (!pinned) light(node); });
      node.addEventListener("blur", () => { if (!pinned) light(null); });
      node.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        choose(pinned === node ? null : node);
      });
    }
    map.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(null); });
  }
})();
