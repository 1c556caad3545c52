/* SPDX-License-Identifier: MIT */
#include "engine/foreman-size.h"

#include <string.h>

#include "libforeman/foreman-error.h"

/* `M` alone is left out on purpose: it means 1000² to some programs and 1024² to others. */
static const struct
{
  const char *name;
  gint64 bytes;
} units[] = {
  { "", 1 },
  { "B", 1 },
  { "KiB", G_GINT64_CONSTANT (1) << 10 },
  { "MiB", G_GINT64_CONSTANT (1) << 20 },
  { "GiB", G_GINT64_CONSTANT (1) << 30 },
  { "TiB", G_GINT64_CONSTANT (1) << 40 },
  { "kB", G_GINT64_CONSTANT (1000) },
  { "KB", G_GINT64_CONSTANT (1000) },
  { "MB", G_GINT64_CONSTANT (1000000) },
  { "GB", G_GINT64_CONSTANT (1000000000) },
  { "TB", G_GINT64_CONSTANT (1000000000000) },
};

/**
 * foreman_size_parse:
 * @text: a number of bytes such as `64MiB`, `64 MiB`, `1GB` or `65536`
 * @bytes: (out): the size in bytes
 * @error: return location for an error
 *
 * Reads a size: a whole number, perhaps a space, and a unit (none and `B` are bytes, `KiB` … `TiB`
 * powers of 1024, `kB` … `TB` powers of 1000).
 *
 * Returns: %TRUE, or %FALSE with %FOREMAN_ERROR_INVALID_REQUEST
 */
gboolean
foreman_size_parse (const char *text, gint64 *bytes, GError **error)
{
  gsize digits;
  const char *unit;
  g_autofree char *number = NULL;
  gint64 value;

  g_return_val_if_fail (text != NULL && bytes != NULL, FALSE);

  digits = strspn (text, "0123456789");
  unit = text + digits + strspn (text + digits, " ");
  if (digits == 0)
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "a size is a whole number of bytes, or one with a unit as in 64MiB");
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (!g_str_equal (units[i].name, unit))
        continue;
      number = g_strndup (text, digits);
      if (!g_ascii_string_to_signed (number, 10, 0, G_MAXINT64 / units[i].bytes, &value, NULL))
        {
          g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                               "the size is too large to count");
          return FALSE;
        }
      *bytes = value * units[i].bytes;
      return TRUE;
    }
  g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                       "the unit of a size is one of B, KiB, MiB, GiB, TiB, kB, MB, GB, TB");
  return FALSE;
}

/**
 * foreman_size_to_string:
 * @bytes: a number of bytes, not negative
 *
 * Writes a size in the largest binary unit that gives a whole number, so that
 * foreman_size_parse() reads the same size back.
 *
 * Returns: (transfer full): the text
 */
char *
foreman_size_to_string (gint64 bytes)
{
  for (guint i = 5; bytes > 0 && i >= 2; i--)
    if (bytes % units[i].bytes == 0)
      return g_strdup_printf ("%" G_GINT64_FORMAT "%s", bytes / units[i].bytes, units[i].name);
  return g_strdup_printf ("%" G_GINT64_FORMAT, bytes);
}
