/* SPDX-License-Identifier: MIT */
#include "sim-write.h"

#include <math.h>
#include <string.h>

static void
separate (GString *out)
{
  if (out->len > 0 && strchr ("{[: \n", out->str[out->len - 1]) == NULL)
    g_string_append_c (out, ',');
}

void
sim_write_open (GString *out, char bracket)
{
  separate (out);
  g_string_append_c (out, bracket);
}

void
sim_write_close (GString *out, char bracket)
{
  g_string_append_c (out, bracket);
}

void
sim_write_key (GString *out, const char *key)
{
  separate (out);
  g_string_append_c (out, '"');
  g_string_append (out, key);
  g_string_append (out, "\":");
}

static void
escape (GString *out, guchar c)
{
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  const char *simple = c != '\0' ? strchr (from, c) : NULL;

  if (simple != NULL)
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, to[simple - from]);
    }
  else
    g_string_append_printf (out, "\\u%04x", c);
}

void
sim_write_string_len (GString *out, const char *text, gsize length)
{
  gsize plain = 0;

  separate (out);
  g_string_append_c (out, '"');
  for (gsize i = 0; i < length; i++)
    {
      guchar c = (guchar) text[i];
      gboolean line_separator = c == 0xe2 && i + 2 < length && (guchar) text[i + 1] == 0x80 &&
                                ((guchar) text[i + 2] & 0xfe) == 0xa8;

      if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && !line_separator)
        continue;
      g_string_append_len (out, text + plain, (gssize) (i - plain));
      if (line_separator)
        {
          g_string_append (out, (guchar) text[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
          i += 2;
        }
      else
        escape (out, c);
      plain = i + 1;
    }
  g_string_append_len (out, text + plain, (gssize) (length - plain));
  g_string_append_c (out, '"');
}

void
sim_write_string (GString *out, const char *text)
{
  if (text == NULL)
    sim_write_raw (out, "null", 4);
  else
    sim_write_string_len (out, text, strlen (text));
}

void
sim_write_int (GString *out, gint64 value)
{
  char digits[24], *at = digits + sizeof digits;
  guint64 rest = value < 0 ? 0 - (guint64) value : (guint64) value;

  separate (out);
  do
    *--at = (char) ('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (value < 0)
    *--at = '-';
  g_string_append_len (out, at, digits + sizeof digits - at);
}

void
sim_write_double (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  separate (out);
  for (int precision = 6; precision <= 17; precision += precision == 6 ? 9 : 1)
    {
      g_autofree char *format = g_strdup_printf ("%%.%dg", precision);

      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  g_string_append (out, text);
}

void
sim_write_float (GString *out, float value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  separate (out);
  g_ascii_formatd (text, sizeof text, "%.8g", (double) value);
  g_string_append (out, text);
}

void
sim_write_bool (GString *out, gboolean value)
{
  sim_write_raw (out, value ? "true" : "false", value ? 4 : 5);
}

void
sim_write_raw (GString *out, const char *json, gsize length)
{
  separate (out);
  g_string_append_len (out, json, (gssize) length);
}

void
sim_write_member (GString *out, const char *key, const char *text)
{
  sim_write_key (out, key);
  sim_write_string (out, text);
}

void
sim_write_member_int (GString *out, const char *key, gint64 value)
{
  sim_write_key (out, key);
  sim_write_int (out, value);
}

void
sim_write_member_bool (GString *out, const char *key, gboolean value)
{
  sim_write_key (out, key);
  sim_write_bool (out, value);
}

void
sim_write_member_null (GString *out, const char *key)
{
  sim_write_key (out, key);
  sim_write_raw (out, "null", 4);
}

void
sim_write_nonempty (GString *out, const char *key, const char *text)
{
  if (text != NULL && *text != '\0')
    sim_write_member (out, key, text);
}

void
sim_write_nonzero (GString *out, const char *key, gint64 value)
{
  if (value != 0)
    sim_write_member_int (out, key, value);
}

void
sim_write_time (GString *out, const struct timespec *when, gboolean local)
{
  struct tm tm;
  long offset;

  separate (out);
  if (local)
    localtime_r (&when->tv_sec, &tm);
  else
    gmtime_r (&when->tv_sec, &tm);
  offset = tm.tm_gmtoff / 60;
  g_string_append_printf (out, "\"%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                          tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  if (when->tv_nsec != 0)
    {
      g_string_append_printf (out, ".%09ld", when->tv_nsec);
      while (out->str[out->len - 1] == '0')
        g_string_truncate (out, out->len - 1);
    }
  if (offset == 0)
    g_string_append (out, "Z\"");
  else
    g_string_append_printf (out, "%c%02ld:%02ld\"", offset < 0 ? '-' : '+', ABS (offset) / 60,
                            ABS (offset) % 60);
}

/* {"error":"…"} */
char *
sim_write_error (const char *message)
{
  GString *out = g_string_new (NULL);

  sim_write_open (out, '{');
  sim_write_member (out, "error", message);
  sim_write_close (out, '}');
  return g_string_free (out, FALSE);
}
