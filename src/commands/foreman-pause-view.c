/* SPDX-License-Identifier: MIT */
#include "commands/foreman-pause-view.h"

#include "commands/foreman-human.h"
#include "commands/foreman-reply-json.h"

/**
 * foreman_pause_view_is_paused:
 * @pause: what foreman says of it
 *
 * Returns: whether anything is paused
 */
gboolean
foreman_pause_view_is_paused (JsonObject *pause)
{
  const char *scope = foreman_reply_json_get_string (pause, "scope");

  return scope != NULL && !g_str_equal (scope, "none");
}

/**
 * foreman_pause_view_describe:
 * @pause: what foreman says of it
 * @now: the present, µs UTC
 *
 * Returns: (transfer full): a line for people
 */
char *
foreman_pause_view_describe (JsonObject *pause, gint64 now)
{
  const char *scope = foreman_reply_json_get_string (pause, "scope");
  gint64 until = foreman_reply_json_get_time (pause, "until");
  JsonArray *unloaded = foreman_reply_json_get_array (pause, "unloaded");
  GString *out;

  if (!foreman_pause_view_is_paused (pause))
    return g_strdup ("Not paused.");
  out = g_string_new (g_str_equal (scope, "all") ? "Jobs and chats are paused"
                                                 : "Jobs are paused; chats are served");
  if (until > 0)
    {
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (until / G_USEC_PER_SEC);
      g_autofree char *clock = g_date_time_format (time, "%F %R");
      g_autofree char *relative = foreman_human_time_within (until, now);

      g_string_append_printf (out, ", until %s (%s)", clock, relative);
    }
  else
    g_string_append (out, ", until \"foreman resume\"");
  if (unloaded != NULL)
    g_string_append_printf (out, "; %u %s unloaded", json_array_get_length (unloaded),
                            json_array_get_length (unloaded) == 1 ? "model" : "models");
  g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}
