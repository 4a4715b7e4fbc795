"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const form = at("filter");
  const actions = [...document.querySelectorAll(".action")].map((element) => ({
    element,
    database: element.closest(".database").dataset.database,
    verb: element.dataset.verb,
    text: element.textContent.toLowerCase(),
  }));
  const apply = () => {
    const database = at("database").value;
    const verb = at("verb").value;
    const text = at("text").value.trim().toLowerCase();
    let shown = 0;
    for (const action of actions) {
      const fits = (!database || action.database === database) && (!verb || action.verb === verb)
        && action.text.includes(text);
      action.element.classList.toggle("none", !fits);
      shown += fits;
    }
    for (const section of document.querySelectorAll(".database")) {
      section.classList.toggle("none", !section.querySelector(".action:not(.none)"));
    }
    at("shown").textContent = `${shown} of ${actions.length} changes`;
  };
  const every = (open) => () => {
    for (const action of actions) {
      if (!action.element.classList.contains("none")) action.element.open = open;
    }
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  at("open").addEventListener("click", every(true));
  at("close").addEventListener("click", every(false));
  form.hidden = false;
  apply();
})();
