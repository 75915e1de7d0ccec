/* Interaction of the pages where scripts run; without scripts their content is the same. */
(() => {
  "use strict";

  const THEMES = ["auto", "light", "dark"];
  const KEY = "bench-theme";

  /* Storage may be forbidden; then the choice is lost when the page closes. */
  const remembered = () => {
    try {
      return localStorage.getItem(KEY) || "auto";
    } catch {
      return "auto";
    }
  };

  const applyTheme = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };

  const setUpTheme = (button) => {
    const show = (theme) => {
      applyTheme(theme);
      button.querySelector("span").textContent = theme;
      button.dataset.current = theme;
    };
    button.hidden = false;
    show(THEMES.includes(remembered()) ? remembered() : "auto");
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(button.dataset.current) + 1) % THEMES.length];
      show(next);
      try {
        localStorage.setItem(KEY, next);
      } catch {
        /* see above */
      }
    });
  };

  const make = (tag, attributes = {}, text = "") => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };

  /* Tables: buttons in the headers sort; numbers are ordered by data-order, cells without one come last. */
  const compare = (column, numeric, direction) => (a, b) => {
    const [x, y] = [a.cells[column], b.cells[column]];
    if (!numeric) return direction * x.textContent.localeCompare(y.textContent, "en", { numeric: true });
    const [p, q] = [x, y].map((cell) => ("order" in cell.dataset ? Number(cell.dataset.order) : null));
    if (p === null || q === null) return (p === null) - (q === null);
    return direction * (p - q);
  };

  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  const setUpSorting = (table) => {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = make("button", { type: "button", class: "sort" }, header.textContent);
      header.replaceChildren(button);
      header.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const state = NEXT[header.getAttribute("aria-sort")];
        headers.forEach((other) => other.setAttribute("aria-sort", "none"));
        header.setAttribute("aria-sort", state);
        const rows = [...original];
        const numeric = header.dataset.kind === "number";
        if (state !== "none") rows.sort(compare(column, numeric, state === "ascending" ? 1 : -1));
        body.append(...rows);
      });
    });
  };

  const setUpFilter = (holder) => {
    const table = holder.querySelector("table");
    const rows = [...table.tBodies[0].rows];
    const tools = make("div", { class: "tools" });
    const label = make("label", {}, "Filter ");
    const field = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const count = make("output", { "aria-live": "polite" });
    const named = table.caption.textContent;
    field.setAttribute("aria-label", `Filter rows: ${named}`);
    label.append(field);
    tools.append(label, count);
    holder.prepend(tools);
    const show = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = shown === rows.length ? `${shown} rows` : `${shown} of ${rows.length} rows`;
    };
    field.addEventListener("input", show);
    show();
  };

  /* Figures: keys of the legend show and hide series; a mark shows its value on hover and focus. */
  const setUpLegend = (figure) => {
    for (const entry of figure.querySelectorAll(".legend > li[data-series]")) {
      const button = make("button", { type: "button", "aria-pressed": "true" });
      button.append(...entry.childNodes);
      entry.append(button);
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        for (const group of figure.querySelectorAll(".chart .series")) {
          if (group.dataset.series === entry.dataset.series) group.classList.toggle("off", !on);
        }
      });
    }
  };

  const setUpMarks = (figure) => {
    const drawing = figure.querySelector(".drawing");
    const chart = drawing.querySelector("svg");
    const tip = make("div", { class: "tip", "aria-hidden": "true" });
    tip.hidden = true;
    drawing.append(tip);
    /* The browser's own tooltips would lie over ours. */
    const title = chart.querySelector("title");
    chart.setAttribute("aria-label", title.textContent);
    chart.setAttribute("aria-describedby", chart.querySelector("desc").id);
    chart.removeAttribute("aria-labelledby");
    title.remove();

    const marks = [...chart.querySelectorAll(".mark")];
    const visible = () => marks.filter((mark) => !mark.closest(".off"));
    const hide = () => {
      tip.hidden = true;
    };
    const showValue = (mark) => {
      tip.textContent = mark.getAttribute("aria-label");
      tip.hidden = false;
      const [box, frame] = [mark.getBoundingClientRect(), drawing.getBoundingClientRect()];
      const middle = box.left + box.width / 2 - frame.left;
      const widest = frame.width - tip.offsetWidth;
      tip.style.left = `${Math.max(0, Math.min(middle - tip.offsetWidth / 2, widest))}px`;
      const above = box.top - frame.top - tip.offsetHeight - 6;
      tip.style.top = `${above >= -8 ? above : box.bottom - frame.top + 6}px`;
    };
    const reach = (mark) => {
      for (const other of marks) other.setAttribute("tabindex", other === mark ? "0" : "-1");
    };
    for (const mark of marks) {
      mark.querySelector("title").remove();
      mark.addEventListener("pointerenter", () => showValue(mark));
      mark.addEventListener("pointerleave", hide);
      mark.addEventListener("focus", () => {
        reach(mark);
        showValue(mark);
      });
      mark.addEventListener("blur", hide);
    }
    if (marks.length) reach(marks[0]);
    chart.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      const list = visible();
      const at = list.indexOf(document.activeElement);
      if (event.key === "Escape") hide();
      if (!(event.key in steps) || at < 0) return;
      event.preventDefault();
      list[(at + steps[event.key] + list.length) % list.length].focus();
    });
  };

  applyTheme(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    setUpTheme(document.querySelector("button.theme"));
    document.querySelectorAll(".table > .scroll > table").forEach(setUpSorting);
    document.querySelectorAll(".table[data-filtered]").forEach(setUpFilter);
    for (const figure of document.querySelectorAll("figure.drawn")) {
      setUpLegend(figure);
      setUpMarks(figure);
    }
  });
})();
