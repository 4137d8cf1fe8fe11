import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { apiError } from "../../platform/fake";
import { renderApp } from "../../test/renderApp";

it("saves a proxy and a certificate file, in effect after the next start", async () => {
  const { user, last } = renderApp("/settings?tab=app");
  await user.type(await screen.findByTestId("network-caFile"), "/etc/ssl/acme.pem");
  await user.type(screen.getByTestId("network-proxy"), "http://proxy.example.com:3128");
  await user.click(screen.getByTestId("network-save"));
  expect(await screen.findByText("In effect when Longshore is started again.")).toBeVisible();
  expect(last("set_network_settings")).toEqual({
    caFile: "/etc/ssl/acme.pem",
    proxy: "http://proxy.example.com:3128",
    noProxy: null,
  });
  expect(screen.queryByTestId("network-save")).toBeNull();
});

it("shows what is wrong at its field, and keeps what was typed", async () => {
  const set_network_settings = () => {
    throw apiError("proxy-password", "The address of the proxy has a user name or a password.", {
      field: "proxy",
    });
  };
  const { user } = renderApp("/settings?tab=app", { handlers: { set_network_settings } });
  const field = await screen.findByTestId("network-proxy");
  await user.type(field, "http://me:secret@proxy");
  await user.click(screen.getByTestId("network-save"));
  expect(await screen.findByText("The address of the proxy has a user name or a password.")).toBeVisible();
  expect(field).toHaveValue("http://me:secret@proxy");
});
