import { html, type Html } from './html.js';

/** Rows whose first cell names them. */
export interface Table {
  /** What it shows and of how many rows: readers of the table alone have to know. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table that a narrow screen scrolls sideways: for many short numbers. */
export function renderTable(table: Table): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${table.caption}">
    <table>
      ${renderHead(table)}
      <tbody>
        ${table.rows.map(
          ([first = '', ...cells]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * A table that a narrow screen shows as one card a row, each number with its name beside it. The roles keep it a table
 * for screen readers, whatever the style makes of it.
 */
export function renderStack(table: Table): Html {
  const names = table.columns.slice(1);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${table.caption}">
    <table class="stack" role="table">
      ${renderHead(table)}
      <tbody role="rowgroup">
        ${table.rows.map(
          ([first = '', ...cells]) =>
            html`<tr role="row">
              <th scope="row" role="rowheader">${first}</th>
              ${cells.map((cell, index) => html`<td role="cell" data-name="${names[index] ?? ''}">${keepTogether(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** An interval is not torn apart at the end of a line. */
function keepTogether(cell: string): string {
  return cell.replaceAll(/(\d) to ([+−]?\d)/g, '$1\u00a0to\u00a0$2');
}

function renderHead({ caption, columns }: Table): Html {
  return html`<caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>`;
}
