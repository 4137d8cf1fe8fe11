import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { App } from "./App";
import "./styles/base.css";

// The content security policy forbids making code from strings, which zod would try first.
z.config({ jitless: true });

async function start() {
  if (import.meta.env.DEV && new URLSearchParams(location.search).has("fake")) {
    const [{ setPlatform }, { demoPlatform }] = await Promise.all([
      import("./platform"),
      import("./test/demoPlatform"),
    ]);
    setPlatform(demoPlatform(new URLSearchParams(location.search)));
  }
  const root = document.getElementById("root");
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  }
}

void start();
