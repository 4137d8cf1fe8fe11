import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import { App } from "./App";
import { setPlatform } from "./platform";
import { readPages } from "./routes";
import "./styles/base.css";

// The content security policy forbids making code from strings, which zod would try first.
z.config({ jitless: true });

/** When the first screen has rendered and requested its data. */
const SETTLED_MS = 1_500;

function themeOf(asked: URLSearchParams) {
  const theme = asked.get("theme");
  return theme === "dark" || theme === "light" ? theme : "system";
}

async function start() {
  // For work on the window without the application: `?fake`, with `&fresh`, `&busy` and `&theme=dark`.
  if (import.meta.env.DEV && location.search.includes("fake")) {
    sessionStorage.setItem("fake", location.search);
    // The addresses of the window are in the hash; what comes before it would become part of them.
    history.replaceState(null, "", location.pathname + location.hash);
  }
  const fake = import.meta.env.DEV ? sessionStorage.getItem("fake") : null;
  if (import.meta.env.DEV && fake !== null) {
    const asked = new URLSearchParams(fake);
    const [{ demoPlatform }, { demoRuns }, engine] = await Promise.all([
      import("./test/demoPlatform"),
      import("./test/demoRuns"),
      import("./test/demoEngine"),
    ]);
    const busy = asked.has("busy");
    const runs = busy ? [engine.demoEngineRun(10_000), ...demoRuns()] : [];
    const handlers = busy ? engine.engineHandlers(engine.demoEngineRules()) : {};
    setPlatform(demoPlatform({ fresh: asked.has("fresh"), theme: themeOf(asked), runs, handlers }));
  }
  const root = document.getElementById("root");
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
    setTimeout(() => void readPages(), SETTLED_MS);
  }
}

void start();
