import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { MAX_BYTES } from "../../components/readFile";
import { receiptText, requestText } from "../../test/demoRequests";
import { prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const PROD = `/permissions?account=%22${prod.id}%22&region=us-west-2`;

describe("a file", () => {
  it.each([
    [
      "altered",
      requestText().replace("sha256:good", "sha256:bad"),
      "request-hash-differs",
      "Ask for it again.",
    ],
    ["cut", requestText().slice(0, 90), "request-not-json", "as it was sent"],
    ["foreign", receiptText("applied"), "request-other-kind", "as it was sent"],
  ])("that is %s shows why, where and what to do, and can be replaced", async (_, text, code, hint) => {
    const { user } = renderApp(PROD);
    await user.click(await screen.findByTestId("request-open"));
    await user.click(await screen.findByTestId("request-open-text"));
    await user.paste(text);
    await user.click(screen.getByTestId("request-open-submit"));
    const error = await screen.findByTestId("error-state");
    expect(error).toHaveAttribute("data-code", code);
    expect(error).toHaveTextContent(hint);
    expect(error).toHaveTextContent("Input");
    await user.clear(screen.getByTestId("request-open-text"));
    expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
    await user.click(screen.getByTestId("request-open-text"));
    await user.paste(requestText());
    await user.click(screen.getByTestId("request-open-submit"));
    expect(await screen.findByTestId("dialog-request-opened")).toBeVisible();
  });

  it("is read when it is chosen or dropped, and named", async () => {
    const { user, last } = renderApp(PROD);
    await user.click(await screen.findByTestId("request-open"));
    const file = new File([requestText()], "from-\u202eDev.json", { type: "application/json" });
    await user.upload(screen.getByTestId("request-open-text-file"), file);
    const text = screen.getByTestId("request-open-text");
    await waitFor(() => expect(text).toHaveValue(requestText()));
    expect(text).toHaveAccessibleDescription("From the file from-\\u{202e}Dev.json");
    const other = new File([requestText("777788889999")], "other.json");
    fireEvent.drop(text, { dataTransfer: { files: [other] } });
    await waitFor(() => expect(text).toHaveValue(requestText("777788889999")));
    await user.click(screen.getByTestId("request-open-submit"));
    expect(await screen.findByTestId("dialog-request-opened")).toBeVisible();
    expect(last("open_request")).toMatchObject({ text: requestText("777788889999") });
  });

  it("that is too large is neither read nor sent", async () => {
    const { user, last } = renderApp(PROD);
    await user.click(await screen.findByTestId("request-open"));
    const large = new File(["x".repeat(MAX_BYTES + 1)], "disk.img");
    let read = false;
    large.text = async () => {
      read = true;
      return "";
    };
    await user.upload(screen.getByTestId("request-open-text-file"), large);
    expect(await screen.findByTestId("error-state")).toHaveAttribute("data-code", "request-too-large");
    const text = screen.getByTestId("request-open-text");
    fireEvent.change(text, { target: { value: "é".repeat(MAX_BYTES / 2 + 1) } });
    expect(screen.getByTestId("error-state")).toHaveTextContent("at most 1.05 MB");
    expect(text).toHaveValue("");
    expect(screen.getByTestId("request-open-submit")).toBeDisabled();
    expect(read).toBe(false);
    expect(last("open_request")).toBeUndefined();
  });

  it("that cannot be read says so", async () => {
    const { user } = renderApp(PROD);
    await user.click(await screen.findByTestId("request-open"));
    const gone = new File(["{}"], "gone.json");
    gone.text = () => Promise.reject(new DOMException("gone", "NotReadableError"));
    await user.upload(screen.getByTestId("request-open-text-file"), gone);
    const error = await screen.findByTestId("error-state");
    expect(error).toHaveAttribute("data-code", "file-unreadable");
    expect(error).toHaveTextContent("This computer");
  });
});
