/* The review page. Text of the project comes in by textContent and value alone, never as HTML. */
"use strict";
(function () {
  const words = JSON.parse(document.body.dataset.words);
  const byId = (id) => document.getElementById(id);
  const facets = [...document.querySelectorAll("select[data-facet]")];
  const pairs = new Map(), cards = new Map(), drafts = new Map(), ticked = new Set();
  const lately = new Set(); // decided on, and what follows is not told yet
  let order = [], current = null, start = 0, total = 0, size = 50, version = -1, isOpen = false;
  let hasPrevious = false, hasNext = false;
  let loads = 0, saving = Promise.resolve(), timer = 0, plan = null;

  const say = (key, values) =>
    words[key].replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return typeof value === "number" ? value.toLocaleString("en") : value;
    });
  const plain = (text) => text.replace(/\r\n?/g, "\n");
  const show = (element, text) => { element.textContent = text; element.hidden = !text; };

  function tell(text, isBad) {
    byId("said").textContent = text;
    byId("said").classList.toggle("bad", Boolean(isBad));
  }

  async function ask(path, body) {
    const options = { headers: { Authorization: "Bearer " + location.hash.slice(1) } };
    if (body) {
      options.method = "POST";
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    let reply;
    try {
      reply = await fetch("/api" + path, options);
    } catch {
      throw new Error(words.unreachable);
    }
    if (reply.status === 401) throw new Error(words.wrong_key);
    const value = await reply.json().catch(() => null);
    if (!reply.ok || !value) {
      throw new Error(value?.error?.message ?? reply.status + " " + reply.statusText);
    }
    return value;
  }

  // What is shown

  function filters() {
    const found = { text: byId("text").value };
    for (const each of facets) found[each.dataset.facet] = each.value;
    return found;
  }

  function showChoices(choices) {
    for (const select of facets) {
      const value = select.value, options = [new Option(words.all, "")];
      for (const each of choices[select.dataset.facet]) {
        options.push(new Option(`${each.label} (${each.count.toLocaleString("en")})`, each.value));
      }
      if (value && !options.some((each) => each.value === value)) {
        options.push(new Option(`${value} (0)`, value));
      }
      select.replaceChildren(...options);
      select.value = value;
    }
  }

  function showStatus(status) {
    const values = { n: status.decided, m: status.all };
    byId("decided").textContent = say("decided", values);
    byId("progress").max = status.all || 1;
    byId("progress").value = status.decided;
    byId("undo").disabled = !status.can_undo;
    const isDone = status.all > 0 && status.decided >= status.all;
    show(byId("all-decided"), isDone ? say("all_decided", values) : "");
    show(byId("problem"), status.problem ? say("changed", { reason: status.problem }) : "");
    isOpen = status.is_open;
  }

  function showRange() {
    const first = total ? start + 1 : 0, last = Math.min(start + order.length, total);
    byId("range").textContent = total ? say("range", { first, last, n: total }) : "";
    byId("previous").textContent = "‹ " + say("previous", { n: size });
    byId("next").textContent = say("next", { n: size }) + " ›";
    byId("previous").disabled = !hasPrevious;
    byId("next").disabled = !hasNext;
    byId("none").hidden = order.length > 0;
    showTicks();
  }

  function showTicks() {
    const [some, all] = byId("scope").options;
    some.text = say("ticked", { n: ticked.size });
    all.text = say("whole_filter", { n: total });
    for (const [id, card] of cards) card.querySelector(".tick").checked = ticked.has(id);
    byId("tick-page").checked = order.length > 0 && order.every((id) => ticked.has(id));
    const n = byId("scope").value === "ticked" ? ticked.size : total;
    for (const each of document.querySelectorAll("[data-bulk], #open-repair")) each.disabled = !n;
  }

  function fill(pair) {
    pairs.set(pair.id, pair);
    const card = cards.get(pair.id);
    if (!card) return;
    const at = (name) => card.querySelector(name);
    card.dataset.state = pair.state;
    at(".number").textContent = pair.number.toLocaleString("en");
    at(".state").textContent = words["state_" + pair.state];
    const isTaught = pair.is_taught;
    at(".fate").textContent = pair.is_open ? words.open : isTaught ? words.taught : words.not_taught;
    at(".fate").classList.toggle("bad", !pair.is_open && !isTaught && pair.state !== "reject");
    at(".breadcrumb").textContent = pair.breadcrumb;
    at(".place").textContent = pair.place;
    at(".kind").textContent = pair.kind;
    at(".question").textContent = pair.question;
    at(".answer").textContent = pair.answer;
    at(".statement .text").textContent = pair.statement;
    at(".original").hidden = pair.state !== "edit";
    at(".old-question").textContent = pair.original.question;
    at(".old-answer").textContent = pair.original.answer;
    at(".verdicts").replaceChildren(...pair.verdicts.map((each) => {
      const item = document.createElement("li");
      item.textContent = `${each.check}: ${each.said}`;
      item.classList.toggle("bad", each.is_bad);
      return item;
    }));
    at(".remark .text").textContent = pair.remark;
    at(".remark").hidden = !pair.remark;
    show(at(".note"), pair.note);
    at(".draft").hidden = !drafts.has(pair.id) || !at(".editor").hidden;
    at("[data-do=withdraw]").hidden = pair.state === "undecided";
  }

  function render(found) {
    order = found.map((pair) => pair.id);
    cards.clear();
    byId("list").replaceChildren(...found.map((pair) => {
      const card = byId("card").content.firstElementChild.cloneNode(true);
      card.dataset.id = pair.id;
      cards.set(pair.id, card);
      fill(pair);
      return card;
    }));
  }

  function choose(id, options) {
    if (!cards.has(id)) return;
    cards.get(current)?.classList.remove("current");
    cards.get(current)?.removeAttribute("aria-current");
    current = id;
    const card = cards.get(id);
    card.classList.add("current");
    card.setAttribute("aria-current", "true");
    if (options?.focus !== false) card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  // Pages

  async function load(where, options) {
    const mine = ++loads;
    try {
      const query = new URLSearchParams({ ...filters(), ...where });
      const found = await ask("/pairs?" + query);
      if (mine !== loads) return;
      ({ start, total, page: size, has_previous: hasPrevious, has_next: hasNext } = found);
      version = found.status.version;
      showChoices(found.choices);
      render(found.pairs);
      showStatus(found.status);
      showRange();
      if (order.length) choose(options?.last ? order.at(-1) : order[0], options);
      if (!where.after && !where.before && !where.at) scrollTo(0, 0);
    } catch (error) {
      tell(error.message, true);
    }
  }

  const next = () => !byId("next").disabled && load({ after: order.at(-1) });
  const previous = (options) => !byId("previous").disabled && load({ before: order[0] }, options);

  function move(by) {
    const place = order.indexOf(current) + by;
    if (place >= order.length) next();
    else if (place < 0) previous({ last: true });
    else choose(order[place]);
  }

  function filtered() {
    ticked.clear();
    byId("scope").value = "filter";
    load({}, { focus: false });
  }

  async function recount() {
    const ends = { before: order[0] ?? "", after: order.at(-1) ?? "" };
    const query = new URLSearchParams({ ...filters(), ...ends, only: "choices" });
    const mine = loads, found = await ask("/pairs?" + query);
    if (mine !== loads) return;
    ({ total, has_previous: hasPrevious, has_next: hasNext } = found);
    showChoices(found.choices);
    showRange();
  }

  // What follows from a decision is worked out behind it, and told when it is there.

  async function look() {
    clearTimeout(timer);
    let wait = isOpen ? 400 : 4000;
    try {
      if (!document.hidden) {
        const found = await ask("/status", { shown: [] });
        if (found.status.version !== version) {
          const all = await ask("/status", { shown: order });
          all.pairs.forEach(fill);
          showStatus(all.status);
          all.pairs.forEach(tellNote);
          if (all.status.left_out) tell(say("left_out", all.status.left_out));
          version = all.status.version;
          await recount();
        } else {
          showStatus(found.status);
        }
      }
    } catch (error) {
      tell(error.message, true);
      wait = 4000;
    }
    timer = setTimeout(look, wait);
  }

  function tellNote(pair) {
    if (pair.is_open || !lately.delete(pair.id) || !pair.note) return;
    tell(`${pair.number.toLocaleString("en")} · ${pair.note}`);
  }

  const lookSoon = () => { clearTimeout(timer); timer = setTimeout(look, 250); };

  // Decisions

  function later(work) {
    saving = saving.then(work, work);
    return saving;
  }

  function decide(id, decision, given) {
    const card = cards.get(id);
    const selection = { ids: [id] };
    return later(async () => {
      try {
        const asked = { decision, selection, ...given };
        const found = await ask("/decisions", { asked, shown: [id] });
        found.pairs.forEach(fill);
        showStatus(found.status);
        show(card.querySelector(".error"), "");
        tell(words["said_" + decision]);
        lately.add(id);
        lookSoon();
        return true;
      } catch (error) {
        const text = say("failed", { reason: error.message });
        show(card.querySelector(".error"), text);
        tell(text, true);
        return false;
      }
    });
  }

  function undo() {
    return later(async () => {
      try {
        const found = await ask("/undo", { shown: order });
        found.pairs.forEach(fill);
        showStatus(found.status);
        tell(say("undone", { n: found.undone }));
        if (cards.has(found.first)) choose(found.first);
        else await load({ at: found.first });
        lookSoon();
      } catch (error) {
        tell(error.message, true);
        look();
      }
    });
  }

  // The editor keeps what is typed until it is saved.

  const editor = (card) => ({
    form: card.querySelector(".editor"),
    question: card.querySelector(".new-question"),
    answer: card.querySelector(".new-answer"),
  });

  function openEditor(id) {
    const pair = pairs.get(id), { form, question, answer } = editor(cards.get(id));
    if (!form.hidden) return question.focus();
    const known = drafts.get(id) ?? pair;
    question.value = known.question;
    answer.value = known.answer;
    form.hidden = false;
    cards.get(id).querySelector(".draft").hidden = true;
    question.focus();
  }

  function typed(id) {
    const pair = pairs.get(id), { question, answer } = editor(cards.get(id)), found = {};
    if (question.value !== plain(pair.question)) found.question = question.value;
    if (answer.value !== plain(pair.answer)) found.answer = answer.value;
    return found;
  }

  function keepDraft(id) {
    const { question, answer } = editor(cards.get(id));
    if (Object.keys(typed(id)).length) {
      drafts.set(id, { question: question.value, answer: answer.value });
    } else {
      drafts.delete(id);
    }
  }

  function leaveEditor(id) {
    const card = cards.get(id);
    keepDraft(id);
    editor(card).form.hidden = true;
    card.querySelector(".draft").hidden = !drafts.has(id);
    show(card.querySelector(".error"), "");
    choose(id);
  }

  async function saveEdit(id) {
    const given = typed(id), card = cards.get(id);
    if (!Object.keys(given).length) return show(card.querySelector(".error"), words.unchanged);
    const { question, answer } = editor(card), sent = [question.value, answer.value];
    if (!(await decide(id, "edit", given))) return;
    if (question.value !== sent[0] || answer.value !== sent[1]) return; // typed on meanwhile
    drafts.delete(id);
    if (cards.get(id) === card) {
      editor(card).form.hidden = true;
      card.querySelector(".draft").hidden = true;
      choose(id);
    }
  }

  async function toggleSection(id) {
    const card = cards.get(id), box = card.querySelector(".section");
    const button = card.querySelector("[data-do=section]");
    try {
      if (box.hidden) {
        const found = await ask(`/pairs/${encodeURIComponent(id)}/section`);
        const head = document.createElement("span");
        head.className = "soft";
        head.textContent = `${found.breadcrumb} · ${found.place}`;
        box.replaceChildren(head, ...found.pieces.map((piece) => {
          const part = document.createElement(piece.is_marked ? "mark" : "span");
          part.textContent = piece.text;
          return part;
        }));
      }
      box.hidden = !box.hidden;
      button.setAttribute("aria-expanded", String(!box.hidden));
      const mark = box.querySelector("mark");
      if (mark) box.scrollTop = mark.offsetTop - box.offsetTop - 60;
      choose(id);
    } catch (error) {
      tell(error.message, true);
    }
  }

  function act(id, what) {
    const state = pairs.get(id).state;
    if (what === "edit") openEditor(id);
    else if (what === "leave") leaveEditor(id);
    else if (what === "section") toggleSection(id);
    else if (what === "withdraw") state !== "undecided" && decide(id, what);
    else {
      decide(id, what);
      move(1);
    }
  }

  function tick(id, isTicked) {
    if (isTicked) ticked.add(id);
    else ticked.delete(id);
    byId("scope").value = ticked.size ? "ticked" : "filter";
    showTicks();
  }

  // Many at once

  function selection() {
    if (byId("scope").value === "ticked") return { n: ticked.size, value: { ids: [...ticked] } };
    return { n: total, value: { filters: filters(), count: total } };
  }

  function askSure(decision) {
    const { n, value } = selection(), dialog = byId("sure");
    if (!n) return;
    dialog.querySelector(".ask").textContent = say("sure_" + decision, { n });
    show(dialog.querySelector(".error"), "");
    dialog.showModal();
    dialog.querySelector("[data-sure=yes]").onclick = () => later(async () => {
      try {
        const asked = { decision, selection: value };
        const found = await ask("/decisions", { asked, shown: order });
        found.pairs.forEach(fill);
        showStatus(found.status);
        tell(say("said_many", { n: found.saved, said: words["said_" + decision] }));
        ticked.clear();
        byId("scope").value = "filter";
        dialog.close();
        showTicks();
        lookSoon();
      } catch (error) {
        show(dialog.querySelector(".error"), say("failed", { reason: error.message }));
        recount().catch(() => {});
      }
    });
  }

  const repairError = (text) => show(byId("repair").querySelector(".error"), text);

  function forgetPlan() {
    plan = null;
    byId("apply").disabled = true;
    byId("apply").textContent = say("apply", { n: 0 });
    byId("planned").textContent = byId("aside").textContent = "";
    byId("changes").replaceChildren();
    byId("more").hidden = true;
    repairError("");
  }

  function openRepair() {
    const { n, value } = selection();
    if (!n) return;
    forgetPlan();
    byId("repair").selection = value;
    byId("among").textContent = say("among", { n });
    byId("repair").showModal();
    byId("find").focus();
  }

  function changeLine(change) {
    const item = document.createElement("li"), head = document.createElement("div");
    head.className = "soft";
    head.textContent = `${change.number.toLocaleString("en")} · ${change.place}`;
    item.append(head);
    for (const field of ["question", "answer"]) {
      if (!change[field]) continue;
      const line = document.createElement("div");
      for (const [kind, text] of change[field]) {
        if (!text) continue;
        const part = document.createElement({ same: "span", old: "del", new: "ins" }[kind]);
        part.textContent = text;
        line.append(part);
      }
      item.append(line);
    }
    return item;
  }

  function addChanges(found) {
    byId("changes").append(...found.map(changeLine));
    const left = plan.total - byId("changes").childElementCount;
    show(byId("more"), left > 0 ? say("more", { n: Math.min(left, 100) }) : "");
  }

  async function preview() {
    const button = byId("repair-form").querySelector("[type=submit]");
    forgetPlan();
    button.disabled = true;
    try {
      const found = await ask("/repair", { asked: {
        selection: byId("repair").selection,
        find: byId("find").value, replace: byId("replace").value, where: byId("where").value,
        is_regex: byId("is-regex").checked, ignores_case: byId("ignores-case").checked,
        with_dropped: byId("with-dropped").checked,
      } });
      plan = found;
      byId("planned").textContent = found.total ? say("changes", { n: found.total }) : words.no_changes;
      byId("aside").textContent = found.aside ? say("set_aside", { n: found.aside }) : "";
      byId("apply").textContent = say("apply", { n: found.total });
      byId("apply").disabled = !found.total;
      addChanges(found.changes);
    } catch (error) {
      repairError(error.message);
    }
    button.disabled = false;
  }

  async function moreChanges() {
    try {
      const at = byId("changes").childElementCount;
      addChanges((await ask(`/changes/${plan.plan}?start=${at}`)).changes);
    } catch (error) {
      repairError(error.message);
    }
  }

  function apply() {
    byId("apply").disabled = true;
    return later(async () => {
      try {
        const found = await ask("/apply", { plan: plan.plan, shown: order });
        found.pairs.forEach(fill);
        showStatus(found.status);
        byId("repair").close();
        tell(say("applied", { n: found.saved }));
        lookSoon();
      } catch (error) {
        repairError(say("failed", { reason: error.message }));
      }
    });
  }

  // Keys and buttons

  const keys = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    n: next, p: () => previous(), u: undo, f: openRepair,
    "/": () => byId("text").select(), "?": () => byId("keys").showModal(),
    x: () => tick(current, !ticked.has(current)),
    a: () => act(current, "accept"), r: () => act(current, "reject"), e: () => act(current, "edit"),
    s: () => act(current, "section"), w: () => act(current, "withdraw"),
  };
  const ofCurrent = new Set(["x", "a", "r", "e", "s", "w"]);

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.isComposing || event.keyCode === 229) return;
    const card = target.closest(".card"), inEditor = card && target.closest(".editor");
    if (inEditor && key === "Escape") {
      event.preventDefault();
      leaveEditor(card.dataset.id);
    } else if (inEditor && key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      saveEdit(card.dataset.id);
    } else if (target.id === "text" && ["Enter", "Escape", "ArrowDown"].includes(key)) {
      event.preventDefault();
      if (current) choose(current);
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && keys[key] &&
        !target.closest("dialog") && !target.matches("input:not([type=checkbox]), textarea, select")) {
      event.preventDefault();
      if (!ofCurrent.has(key) || cards.has(current)) keys[key]();
    }
  });

  byId("list").addEventListener("click", (event) => {
    const card = event.target.closest(".card"), what = event.target.closest("[data-do]")?.dataset.do;
    if (!card) return;
    const isPlain = !event.target.closest("button, input, textarea, label, summary, .section");
    if (isPlain && getSelection().isCollapsed) choose(card.dataset.id);
    if (what) {
      choose(card.dataset.id, { focus: false });
      act(card.dataset.id, what);
    }
  });
  byId("list").addEventListener("change", (event) => {
    const card = event.target.closest(".card");
    if (event.target.matches(".tick")) tick(card.dataset.id, event.target.checked);
  });
  byId("list").addEventListener("input", (event) => {
    if (event.target.closest(".editor")) keepDraft(event.target.closest(".card").dataset.id);
  });
  byId("list").addEventListener("submit", (event) => {
    event.preventDefault();
    saveEdit(event.target.closest(".card").dataset.id);
  });

  let typing = 0;
  byId("text").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(filtered, 250);
  });
  for (const each of facets) each.addEventListener("change", filtered);
  byId("clear").addEventListener("click", () => {
    byId("text").value = "";
    for (const each of facets) each.value = "";
    filtered();
  });
  byId("tick-page").addEventListener("change", (event) => {
    for (const id of order) tick(id, event.target.checked);
  });
  byId("scope").addEventListener("change", showTicks);
  for (const each of document.querySelectorAll("[data-bulk]")) {
    each.addEventListener("click", () => askSure(each.dataset.bulk));
  }
  byId("sure").querySelector("[data-sure=no]").addEventListener("click", () => byId("sure").close());
  byId("open-repair").addEventListener("click", openRepair);
  byId("repair-form").addEventListener("submit", (event) => {
    event.preventDefault();
    preview();
  });
  byId("repair-form").addEventListener("input", forgetPlan);
  byId("repair-form").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("textarea") && !event.isComposing &&
        !event.shiftKey) {
      event.preventDefault();
      preview();
    }
  });
  byId("apply").addEventListener("click", apply);
  byId("more").addEventListener("click", moreChanges);
  byId("close-repair").addEventListener("click", () => byId("repair").close());
  for (const each of document.querySelectorAll("dialog")) {
    each.addEventListener("close", () => cards.has(current) && choose(current));
  }
  byId("undo").addEventListener("click", undo);
  byId("show-keys").addEventListener("click", () => byId("keys").showModal());
  byId("next").addEventListener("click", next);
  byId("previous").addEventListener("click", () => previous());
  addEventListener("hashchange", () => load({}));
  addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());
  const facetsBox = document.querySelector(".facets"), isWide = matchMedia("(min-width: 34.01rem)");
  isWide.addEventListener("change", () => { facetsBox.open = isWide.matches || facetsBox.open; });
  facetsBox.open = isWide.matches;
  const head = document.querySelector("header");
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--head", head.offsetHeight + "px");
  }).observe(head);
  byId("scope").value = "filter";
  load({}).then(lookSoon);
})();
