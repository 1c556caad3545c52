/* SPDX-License-Identifier: MIT */
#include "commands/foreman-table.h"

#include <string.h>

#include "commands/foreman-terminal.h"

#define GAP 2

struct _ForemanTable
{
  const ForemanColumn *columns;
  guint n_columns;
  GPtrArray *rows; /* (owned) (element-type GStrv) */
};

/**
 * foreman_table_new:
 * @columns: (array length=n_columns): the columns, which outlive the table
 * @n_columns: how many
 *
 * Returns: (transfer full): a table without rows
 */
ForemanTable *
foreman_table_new (const ForemanColumn *columns, guint n_columns)
{
  ForemanTable *self = g_new0 (ForemanTable, 1);

  self->columns = columns;
  self->n_columns = n_columns;
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

/**
 * foreman_table_free:
 * @self: (nullable): a table
 *
 * Frees it.
 */
void
foreman_table_free (ForemanTable *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/**
 * foreman_table_add:
 * @self: a table
 * @cells: as many texts as there are columns; %NULL or empty: nothing is known
 *
 * Adds a row.
 */
void
foreman_table_add (ForemanTable *self, const char *const *cells)
{
  GStrv row = g_new0 (char *, self->n_columns + 1);

  for (guint i = 0; i < self->n_columns; i++)
    row[i] =
        cells[i] != NULL && *cells[i] != '\0' ? foreman_text_to_line (cells[i]) : g_strdup ("-");
  g_ptr_array_add (self->rows, row);
}

static const char *
get_cell (ForemanTable *self, guint row, guint column)
{
  return ((char **) self->rows->pdata[row])[column];
}

/* As wide as each column wants to be. */
static void
measure (ForemanTable *self, gboolean header, gboolean limit, guint *widths)
{
  for (guint i = 0; i < self->n_columns; i++)
    {
      widths[i] = header ? foreman_text_get_width (self->columns[i].title) : 1;
      for (guint row = 0; row < self->rows->len; row++)
        widths[i] = MAX (widths[i], foreman_text_get_width (get_cell (self, row, i)));
      if (limit && self->columns[i].max > 0)
        widths[i] = MIN (widths[i], self->columns[i].max);
    }
}

static guint
add_up (ForemanTable *self, const guint *widths)
{
  guint sum = 0;

  for (guint i = 0; i < self->n_columns; i++)
    if (widths[i] > 0)
      sum += (sum > 0 ? GAP : 0) + widths[i];
  return sum;
}

/* The column that can best give some of its width, or -1. */
static int
find_widest (ForemanTable *self, const guint *widths)
{
  int widest = -1;

  for (guint i = 0; i < self->n_columns; i++)
    if (widths[i] > self->columns[i].min && (widest < 0 || widths[i] > widths[widest]))
      widest = (int) i;
  return widest;
}

/* The column that can best be done without, or -1. */
static int
find_dispensable (ForemanTable *self, const guint *widths)
{
  int found = -1;

  for (guint i = 0; i < self->n_columns; i++)
    if (widths[i] > 0 && self->columns[i].rank > 0 &&
        (found < 0 || self->columns[i].rank > self->columns[found].rank))
      found = (int) i;
  return found;
}

static guint
add_up_least (ForemanTable *self, const guint *widths)
{
  g_autofree guint *least = g_new (guint, self->n_columns);

  for (guint i = 0; i < self->n_columns; i++)
    least[i] = MIN (widths[i], self->columns[i].min);
  return add_up (self, least);
}

/* Whole columns go where even the narrowest do not fit; then the widest give one by one. */
static void
fit (ForemanTable *self, guint width, guint *widths)
{
  int column;

  while (add_up_least (self, widths) > width && (column = find_dispensable (self, widths)) >= 0)
    widths[column] = 0;
  while (add_up (self, widths) > width && (column = find_widest (self, widths)) >= 0)
    widths[column]--;
}

static void
append_cell (GString *out,
             const char *text,
             guint width,
             gboolean is_right,
             gboolean pad,
             const char *color)
{
  g_autofree char *fitting = foreman_text_fit (text, width);
  int padding = (int) (width - foreman_text_get_width (fitting));

  if (is_right)
    g_string_append_printf (out, "%*s", padding, "");
  if (color != NULL)
    g_string_append_printf (out, "\033[%sm%s\033[0m", color, fitting);
  else
    g_string_append (out, fitting);
  if (!is_right && pad)
    g_string_append_printf (out, "%*s", padding, "");
}

static void
append_row (ForemanTable *self,
            GString *out,
            const guint *widths,
            const char *const *cells,
            gboolean is_header,
            gboolean color)
{
  guint last = 0;
  gboolean is_first = TRUE;

  for (guint i = 0; i < self->n_columns; i++)
    if (widths[i] > 0)
      last = i;
  for (guint i = 0; i < self->n_columns; i++)
    {
      const ForemanColumn *column = &self->columns[i];
      const char *sgr = NULL;

      if (widths[i] == 0)
        continue;
      if (!is_first)
        g_string_append_printf (out, "%*s", GAP, "");
      is_first = FALSE;
      if (color && is_header)
        sgr = "1";
      else if (color && column->get_color != NULL)
        sgr = column->get_color (cells[i]);
      append_cell (out, cells[i], widths[i], column->is_right, i != last, sgr);
    }
  g_string_append_c (out, '\n');
}

/**
 * foreman_table_render:
 * @self: a table
 * @width: how many columns the terminal has; 0: it is none, and nothing is shortened
 * @header: whether titles stand above
 * @color: whether cells are coloured
 *
 * Sets the table.
 *
 * Returns: (transfer full): its lines
 */
char *
foreman_table_render (ForemanTable *self, guint width, gboolean header, gboolean color)
{
  g_autofree guint *widths = g_new0 (guint, self->n_columns);
  GString *out = g_string_new (NULL);

  measure (self, header, width > 0, widths);
  if (width > 0)
    fit (self, width, widths);
  if (header)
    {
      g_autofree const char **titles = g_new0 (const char *, self->n_columns);

      for (guint i = 0; i < self->n_columns; i++)
        titles[i] = self->columns[i].title;
      append_row (self, out, widths, titles, TRUE, color);
    }
  for (guint row = 0; row < self->rows->len; row++)
    append_row (self, out, widths, self->rows->pdata[row], FALSE, color);
  return g_string_free (out, FALSE);
}
