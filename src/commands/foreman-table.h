/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanColumn:
 * @title: what stands above it
 * @min: how narrow it may get, in columns of the terminal
 * @max: how wide it may get; 0: as wide as it needs
 * @rank: in which order columns are left out where there is no room: the highest first, 0 never
 * @is_right: set to the right, as numbers are
 * @get_color: (nullable): the SGR parameters for a cell, such as `31`; %NULL: none
 *
 * A column of a table.
 */
typedef struct
{
  const char *title;
  guint min;
  guint max;
  guint rank;
  gboolean is_right;
  const char *(*get_color) (const char *cell);
} ForemanColumn;

/**
 * ForemanTable:
 *
 * Rows of cells, set in columns that fit the terminal.
 */
typedef struct _ForemanTable ForemanTable;

ForemanTable *foreman_table_new (const ForemanColumn *columns, guint n_columns);
void foreman_table_free (ForemanTable *self);
void foreman_table_add (ForemanTable *self, const char *const *cells);
char *foreman_table_render (ForemanTable *self, guint width, gboolean header, gboolean color);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanTable, foreman_table_free)

G_END_DECLS
