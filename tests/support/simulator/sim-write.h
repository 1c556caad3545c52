/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <time.h>

G_BEGIN_DECLS

/* JSON appended to a GString, compact, escaped as Go does. Commas come by themselves. */
void sim_write_open (GString *out, char bracket);
void sim_write_close (GString *out, char bracket);
void sim_write_key (GString *out, const char *key);
void sim_write_string (GString *out, const char *text);
void sim_write_string_len (GString *out, const char *text, gsize length);
void sim_write_int (GString *out, gint64 value);
void sim_write_double (GString *out, double value);
void sim_write_float (GString *out, float value);
void sim_write_bool (GString *out, gboolean value);
void sim_write_raw (GString *out, const char *json, gsize length);

/* key and value */
void sim_write_member (GString *out, const char *key, const char *text);
void sim_write_member_int (GString *out, const char *key, gint64 value);
void sim_write_member_bool (GString *out, const char *key, gboolean value);
void sim_write_member_null (GString *out, const char *key);
void sim_write_nonempty (GString *out, const char *key, const char *text);
void sim_write_nonzero (GString *out, const char *key, gint64 value);

/* RFC 3339 as Go prints times: no trailing zeros; UTC or with the local offset */
void sim_write_time (GString *out, const struct timespec *when, gboolean local);

char *sim_write_error (const char *message);

G_END_DECLS
