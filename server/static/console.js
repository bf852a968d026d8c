// Keys for people who decide all day. Every page works without this file.
"use strict";

(() => {
  const typing = (target) => target.closest("input, select, textarea, dialog") !== null;
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

  const move = (step) => {
    const all = rows();
    if (all.length === 0) return;
    const now = all.indexOf(document.activeElement.closest("[data-row]") ?? document.activeElement);
    const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
    (next.matches("a") ? next : next.querySelector("a")).focus();
    next.scrollIntoView({ block: "nearest" });
  };

  // The row in which the focus is; on a page with one thing to decide, the page.
  const inRow = (selector) => {
    const row = document.activeElement.closest("[data-row]");
    const found = document.querySelectorAll(selector);
    return row?.querySelector(selector) ?? (!row && rows().length === 0 && found.length === 1 ? found[0] : null);
  };

  const giveBack = () => {
    const details = inRow("[data-return]");
    if (!details) return;
    details.open = true;
    details.querySelector("input[name=comment]").focus();
  };

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: () => inRow("[data-accept]")?.click(),
    r: giveBack,
    x: () => inRow("[data-pick]")?.click(),
    u: () => document.querySelector("[data-undo]")?.click(),
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Ticking many: one tick for all, and how many there are.
  document.querySelectorAll("[data-bulk]").forEach((form) => {
    const all = form.querySelector("[data-all]");
    const words = form.querySelector("[data-picked]");
    const before = words.textContent;
    const picks = () => [...document.querySelectorAll("[data-pick]")];
    const tell = () => {
      const count = picks().filter((pick) => pick.checked).length;
      words.textContent = count ? `${count} ✓` : before;
      all.checked = count > 0 && count === picks().length;
    };
    all.hidden = false;
    all.addEventListener("change", () => {
      picks().forEach((pick) => (pick.checked = all.checked));
      tell();
    });
    picks().forEach((pick) => pick.addEventListener("change", tell));
  });

  document.querySelectorAll("dialog [data-close]").forEach((button) => {
    button.addEventListener("click", () => button.closest("dialog").close());
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
