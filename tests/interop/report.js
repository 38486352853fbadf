// What came of it: a table to read, a file for programs, and the line that closes both.

export class Report {
  clients = [];
  rows = [];

  add(row) {
    this.rows.push(row);
  }

  count(outcome) {
    return this.rows.filter((row) => row.outcome === outcome).length;
  }

  /** A line for each writer, reader and combination; whatever did not pass is told below it. */
  table() {
    const groups = new Map();
    for (const row of this.rows) {
      const name = JSON.stringify([row.writer, row.reader, row.combination]);
      groups.set(name, [...(groups.get(name) ?? []), row]);
    }
    const lines = [...groups.values()].map((rows) => {
      const [{ writer, reader, combination }] = rows;
      const count = (outcome) => rows.filter((row) => row.outcome === outcome).length;
      return { cells: [writer, reader, combination, count("passed"), count("failed"), count("skipped")].map(String), rows };
    });
    const head = ["writer", "reader", "combination", "passed", "failed", "skipped"];
    const widths = head.map((name, i) => Math.max(name.length, ...lines.map(({ cells }) => cells[i].length)));
    const print = (cells) => cells.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ").trimEnd();
    return [print(head), ...lines.flatMap(({ cells, rows }) => [print(cells), ...troubles(rows)])].join("\n");
  }

  summary() {
    return `interop: ${this.count("passed")} passed, ${this.count("failed")} failed, ${this.count("skipped")} skipped`;
  }

  json() {
    const counts = Object.fromEntries(["passed", "failed", "skipped"].map((outcome) => [outcome, this.count(outcome)]));
    return JSON.stringify({ ...counts, clients: this.clients, rows: this.rows }, null, 1);
  }
}

const troubles = (rows) => rows.filter(({ outcome }) => outcome !== "passed").map(({ check, outcome, why }) => `    ${outcome}: ${check}: ${why}`);
