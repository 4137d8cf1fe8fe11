import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "./renderApp";
import { idOf, type Scene } from "./scene";
import { scenes } from "./scenes";

/** Dialogs that a menu opens, whose item is gone while the dialog is open. */
const FROM_MENUS = Object.entries(scenes).flatMap(([name, scene]): [string, Scene, string, string][] => {
  const [opener, item] = (scene.actions ?? []).map(idOf);
  return opener?.endsWith("-actions") && item?.includes("-menu-") ? [[name, scene, opener, item]] : [];
});

/** Choices of a menu that open no dialog. */
const WITHOUT_DIALOG = new Set(["owner-menu-release", "owner-menu-forget"]);

describe.each(FROM_MENUS.filter(([, , , item]) => !WITHOUT_DIALOG.has(item)))(
  "%s",
  (_, scene, opener, item) => {
    it("takes the focus, closes with Escape and gives the focus back to the menu's button", async () => {
      const { user } = renderApp(scene.address, scene.options?.());
      const [button] = await screen.findAllByTestId(opener);
      button?.focus();
      await user.keyboard("{Enter}");
      const choice = await screen.findByTestId(item);
      // As a person does: down to the choice, and Enter.
      for (let left = 12; left > 0 && document.activeElement !== choice; left -= 1) {
        await user.keyboard("{ArrowDown}");
      }
      expect(choice).toHaveFocus();
      await user.keyboard("{Enter}");
      const dialog = await screen.findByRole("dialog");
      await waitFor(() => expect(dialog).toContainElement(document.activeElement as HTMLElement));
      await user.keyboard("{Escape}");
      await waitFor(() => expect(dialog).not.toBeInTheDocument());
      await waitFor(() => expect(screen.getAllByTestId(opener)[0]).toHaveFocus());
    });
  },
);
