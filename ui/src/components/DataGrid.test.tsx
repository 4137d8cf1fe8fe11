import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { type Column, DataGrid, ROW_HEIGHT, type Sorting } from "./DataGrid";
import { useRowWindow } from "./useRowWindow";

interface Row {
  name: string;
}

const columns: Column<Row>[] = [
  { id: "name", header: "Name", width: "1fr", sortable: true, cell: (row) => row.name },
];
const TOTAL = 100_000;

function Windowed({ read }: { read: (offset: number, limit: number) => void }) {
  const list = useRowWindow<Row, { total: number; rows: Row[] }>(["rows"], async (offset, limit) => {
    read(offset, limit);
    return {
      total: TOTAL,
      rows: Array.from({ length: limit }, (_, index) => ({ name: `row ${offset + index}` })),
    };
  });
  if (list.total === undefined) return <p>waiting</p>;
  return (
    <DataGrid
      label="Rows"
      columns={columns}
      total={list.total}
      rowAt={list.rowAt}
      rowKey={(row) => row.name}
      onRange={list.onRange}
    />
  );
}

function Plain({
  onOpen,
  onSort,
  sorting,
}: {
  onOpen?: (row: Row) => void;
  onSort?: (sorting: Sorting) => void;
  sorting?: Sorting;
}) {
  const rows = Array.from({ length: 50 }, (_, index) => ({ name: `row ${index}` }));
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <output>{[...selection].join(",")}</output>
      <DataGrid
        label="Rows"
        columns={columns}
        total={rows.length}
        rowAt={(index) => rows[index]}
        rowKey={(row) => row.name}
        selection={selection}
        onSelection={setSelection}
        selectLabel={(row) => `Select ${row.name}`}
        {...(onOpen ? { onOpen } : {})}
        {...(onSort ? { onSort } : {})}
        {...(sorting ? { sorting } : {})}
      />
    </>
  );
}

describe("a grid of 100,000 rows", () => {
  it("draws only what is in sight and reads only its window", async () => {
    const read = vi.fn();
    render(
      <QueryClientProvider client={new QueryClient()}>
        <Windowed read={read} />
      </QueryClientProvider>,
    );
    expect(await screen.findByText("row 0")).toBeVisible();
    expect(screen.getAllByRole("row").length).toBeLessThan(60);
    expect(read.mock.calls).toEqual([[0, 100]]);
    expect(screen.getByRole("grid")).toHaveAttribute("aria-rowcount", String(TOTAL + 1));
  });

  it("reads the window that one scrolls to, and no other between", async () => {
    const read = vi.fn();
    render(
      <QueryClientProvider client={new QueryClient()}>
        <Windowed read={read} />
      </QueryClientProvider>,
    );
    const grid = await screen.findByRole("grid");
    await act(async () => {
      grid.scrollTop = 50_000 * ROW_HEIGHT;
      fireEvent.scroll(grid);
    });
    expect(await screen.findByText("row 50000")).toBeVisible();
    expect(screen.queryByText("row 0")).toBeNull();
    const offsets = read.mock.calls.map(([offset]) => offset as number);
    expect(offsets.every((offset) => offset === 0 || Math.abs(offset - 50_000) <= 100)).toBe(true);
  });
});

describe("the keyboard", () => {
  it("moves by arrows and opens by Enter", async () => {
    const onOpen = vi.fn();
    render(<Plain onOpen={onOpen} />);
    const grid = screen.getByRole("grid");
    act(() => grid.focus());
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}{Enter}");
    expect(onOpen).toHaveBeenCalledExactlyOnceWith({ name: "row 1" });
    const active = grid.getAttribute("aria-activedescendant") ?? "";
    expect(document.getElementById(active)).toHaveTextContent("row 1");
  });

  it("does not go past the ends", async () => {
    const onOpen = vi.fn();
    render(<Plain onOpen={onOpen} />);
    act(() => screen.getByRole("grid").focus());
    await userEvent.keyboard("{ArrowUp}{Enter}{End}{ArrowDown}{Enter}");
    expect(onOpen.mock.calls.map(([row]) => row.name)).toEqual(["row 0", "row 49"]);
  });

  it("selects by Space and takes it back", async () => {
    render(<Plain />);
    act(() => screen.getByRole("grid").focus());
    await userEvent.keyboard(" {ArrowDown} ");
    expect(screen.getByRole("status")).toHaveTextContent("row 0,row 1");
    await userEvent.keyboard(" ");
    expect(screen.getByRole("status")).toHaveTextContent(/^row 0$/);
  });
});

it("opens a row by a click, but not by a click on its check box", async () => {
  const onOpen = vi.fn();
  render(<Plain onOpen={onOpen} />);
  await userEvent.click(screen.getByRole("checkbox", { name: "Select row 3" }));
  expect(onOpen).not.toHaveBeenCalled();
  expect(screen.getByRole("status")).toHaveTextContent("row 3");
  await userEvent.click(screen.getByText("row 4"));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith({ name: "row 4" });
});

it("says how it is sorted and turns the order around", async () => {
  const onSort = vi.fn();
  render(<Plain onSort={onSort} sorting={{ column: "name", direction: "ascending" }} />);
  const header = screen.getByRole("columnheader", { name: "Name" });
  expect(header).toHaveAttribute("aria-sort", "ascending");
  await userEvent.click(within(header).getByRole("button"));
  expect(onSort).toHaveBeenCalledExactlyOnceWith({ column: "name", direction: "descending" });
});
