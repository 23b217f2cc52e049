"""Tables: a title, columns, rows, and notes that say how to read them."""

from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    columns: list[str]
    rows: list[list] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells):
        assert len(cells) == len(self.columns), (cells, self.columns)
        self.rows.append(list(cells))

    def text(self) -> str:
        lines = [[_cell(value) for value in row] for row in self.rows]
        widths = [max(len(line[i]) for line in [self.columns, *lines]) for i in range(len(self.columns))]
        left = [not any(isinstance(row[i], (int, float)) for row in self.rows) for i in range(len(self.columns))]

        def aligned(cells: list[str]) -> str:
            return "  ".join(cell.ljust(width) if is_left else cell.rjust(width)
                             for cell, width, is_left in zip(cells, widths, left)).rstrip()

        notes = [f"  {note}" for note in self.notes]
        return "\n".join([self.title, "", aligned(self.columns), *map(aligned, lines), *([""] if notes else []), *notes])

    def data(self) -> dict:
        return {"title": self.title, "rows": [dict(zip(self.columns, row)) for row in self.rows], "notes": self.notes}


def _cell(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) >= 1000 else f"{value:.2f}"
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


def spread(values: list[float]) -> tuple[float | None, float | None, float | None]:
    """Least, median and greatest."""
    if not values:
        return None, None, None
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return ordered[0], median, ordered[-1]
